use super::*;

#[test]
fn a_bare_level_is_ours() {
    assert_eq!(log::filter("debug").to_string(), "sluis=debug,warn");
    assert_eq!(log::filter("datafusion=info").to_string(), "datafusion=info");
    assert_eq!(log::filter("a=b=c").to_string(), "sluis=info,warn");
}

#[test]
fn tasks_count_from_every_thread() {
    for progress in [
        Progress::lines(),
        Progress::bars(indicatif::MultiProgress::with_draw_target(
            indicatif::ProgressDrawTarget::hidden(),
        )),
    ] {
        let task = progress.task("duo_vestigingen", "a.csv", Some(80));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let task = task.clone();
                scope.spawn(move || task.advance(10, 3));
            }
        });
        task.step("read");
        assert_eq!((task.bytes(), task.rows()), (80, 24));
    }
}
