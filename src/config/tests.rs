use std::path::Path;

use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn resolve(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, String> {
    resolve_settings(Some((Path::new("config/sluis.toml"), file)), &pairs(env), &pairs(flags))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_shipped_file_is_every_setting() {
    let settings = resolve("", &[], &[]).unwrap();
    let shipped: toml::Table = toml::from_str(DEFAULT).unwrap();
    let fields = toml::Table::try_from(&settings).unwrap();
    for (section, keys) in &fields {
        let shipped = shipped[section].as_table().unwrap();
        assert_eq!(
            shipped.keys().collect::<Vec<_>>(),
            keys.as_table().unwrap().keys().collect::<Vec<_>>()
        );
    }
    assert_eq!(shipped.len(), fields.len());
    assert!(
        settings
            .resolved
            .iter()
            .all(|setting| setting.origin == Origin::Default)
    );
    assert_eq!(settings.resolved[0].name, "paths.landing");
}

#[test]
fn every_shipped_setting_has_its_comment() {
    let lines: Vec<&str> = DEFAULT.lines().collect();
    for (at, line) in lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
    {
        assert!(lines[at - 1].starts_with("# "), "no comment above {line}");
    }
}

#[test]
fn later_layers_win() {
    let file = "[ingest]\nthreads = 2\nmax_columns = 10\n";
    let env = [
        ("SLUIS__INGEST__THREADS", "3"),
        ("SLUIS__QUERY__MEMORY_BYTES", "2GiB"),
        ("SLUIS_PROJECT", "x"),
    ];
    let settings = resolve(file, &env, &[]).unwrap();
    assert_eq!((settings.ingest.threads, settings.ingest.max_columns), (3, 10));
    assert_eq!(settings.query.memory_bytes.bytes(), 2 << 30);
    let settings = resolve(file, &env, &[("ingest.threads", "4")]).unwrap();
    assert_eq!(settings.ingest.threads, 4);
    let origin = |name: &str| {
        settings
            .resolved
            .iter()
            .find(|s| s.name == name)
            .unwrap()
            .origin
            .to_string()
    };
    assert_eq!(origin("ingest.threads"), "flag ingest.threads");
    assert_eq!(origin("ingest.max_columns"), "config/sluis.toml:3");
    assert_eq!(origin("query.memory_bytes"), "environment SLUIS__QUERY__MEMORY_BYTES");
    assert_eq!(origin("query.threads"), "default");
}

#[test]
fn every_problem_is_told_at_its_place() {
    let file =
        "thread = 1\n[ingets]\n[ingest]\nblok_bytes = 1\nthreads = -1\nblock_bytes = \"1KiB\"\n[paths]\nthreads = 2\n";
    let env = [
        ("SLUIS__LOG__FORMAT", "xml"),
        ("SLUIS__INGEST__BLOK_BYTES", "1"),
        ("SLUIS__NOTHING", "1"),
    ];
    insta::assert_snapshot!(resolve(file, &env, &[("log.levle", "info")]).unwrap_err());
}

#[test]
fn text_that_is_not_toml_points_at_the_line() {
    insta::assert_snapshot!(resolve("[ingest]\nthreads = = 2\n", &[], &[]).unwrap_err());
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    let secret = "5f2b9c0e";
    for file in [
        format!("[keys]\nsource = \"{secret}\"\n"),
        format!("[keys]\nsource = {{ a = \"{secret}\" }}\n"),
    ] {
        let told = resolve(&file, &[("SLUIS__KEYS__SOURCE", secret)], &[]).unwrap_err();
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn folders_do_not_nest() {
    insta::assert_snapshot!(resolve("[paths]\nlanding = \"lake/in\"\n", &[], &[]).unwrap_err());
}

#[test]
fn a_value_that_is_none_of_its_setting_is_told_with_those_that_are() {
    let flags = [
        ("serve.auth", "nobody"),
        ("log.format", "xml"),
        ("schedule.enabled", "maybe"),
        ("serve.queries", "many"),
        ("serve.queries", "0"),
    ];
    insta::assert_snapshot!(resolve("[serve]\nauth = \"maybe\"\n", &[], &flags).unwrap_err(), @r#"
    config/sluis.toml:2:1: error[bad-value]: `serve.auth` cannot be "maybe"
      hint: it takes token or none
    --set serve.auth: error[bad-value]: `serve.auth` cannot be "nobody"
      hint: it takes token or none
    --set log.format: error[bad-value]: `log.format` cannot be "xml"
      hint: it takes text or json
    --set schedule.enabled: error[wrong-type]: `schedule.enabled`: invalid type: string "maybe", expected true or false
    --set serve.queries: error[wrong-type]: `serve.queries`: invalid type: string "many", expected a whole number of 0 or more
    --set serve.queries: error[bad-value]: `serve.queries` is zero
      hint: one is the least
    "#);
}

#[test]
fn two_doors_do_not_share_an_address() {
    let told = resolve("[serve]\nhttp = \"127.0.0.1:5433\"\n", &[], &[]).unwrap_err();
    insta::assert_snapshot!(told, @r#"
    config/sluis.toml:2:1: error[bad-value]: `serve.http` and `serve.postgres` cannot share an address: 127.0.0.1:5433 and 127.0.0.1:5433
      hint: give each door a port of its own, or leave the address of one empty to shut it
    "#);
    let shared =
        |http: &str, flight: &str| resolve("", &[("SLUIS__SERVE__HTTP", http)], &[("serve.flight", flight)]).is_err();
    for (http, flight) in [
        ("localhost:9000", "127.0.0.1:9000"),
        ("127.0.0.1:9000", "0.0.0.0:9000"),
        ("[::1]:9000", "[::1]:9000"),
        ("desk.example:9000", "desk.example:9000"),
    ] {
        assert!(shared(http, flight), "{http} {flight}");
    }
    for (http, flight) in [
        ("127.0.0.1:0", "127.0.0.1:0"),
        ("127.0.0.1:9000", "127.0.0.1:9001"),
        ("127.0.0.1:9000", "127.0.0.2:9000"),
        ("", ""),
    ] {
        assert!(!shared(http, flight), "{http} {flight}");
    }
}

#[test]
fn sizes() {
    let size = |text: &str| text.parse::<Size>().map(Size::bytes).ok();
    assert_eq!(size("1048576"), Some(1 << 20));
    assert_eq!(size("16MiB"), Some(16 << 20));
    assert_eq!(size("1.5 GB"), Some(1_500_000_000));
    assert_eq!(size(" 2 kib "), Some(2048));
    for bad in ["", "MiB", "-1", "1..2", "1.", "1,5GB", "9999999999TiB", "12 apples"] {
        assert_eq!(size(bad), None, "{bad}");
    }
    assert_eq!(Size(256 << 20).to_string(), "256MiB");
    assert_eq!(Size(1000).to_string(), "1000");
}

#[test]
fn sources_of_a_project_have_minimums_beside_the_shipped_ones() {
    let file = "[disclosure.min]\nipto = 12\nduo = 3\n";
    let env = [("SLUIS__DISCLOSURE__MIN__CBS", "11")];
    let settings = resolve(file, &env, &[("disclosure.min.svo", "5")]).unwrap();
    let shown = |name: &str| -> Vec<String> {
        let of_section = settings.resolved.iter().filter(|s| s.name.starts_with(name));
        of_section
            .map(|s| format!("{} = {} ({})", s.name, s.value, s.origin))
            .collect()
    };
    insta::assert_snapshot!(shown("disclosure.").join("\n"), @r#"
        disclosure.min.default = 10 (default)
        disclosure.min.cbs = 11 (environment SLUIS__DISCLOSURE__MIN__CBS)
        disclosure.min.duo = 3 (config/sluis.toml:3)
        disclosure.min.ipto = 12 (config/sluis.toml:2)
        disclosure.min.svo = 5 (flag disclosure.min.svo)
        "#);
    assert_eq!(settings.disclosure.min["ipto"], 12);

    let file = "[disclosure]\nminimum = 3\n[disclosure.min]\nduo = 0\ncbs = \"veel\"\n";
    let told = resolve(
        file,
        &[("SLUIS__DISCLOSURE__MINN__CBS", "1")],
        &[("disclosure.min.duo", "-1")],
    )
    .unwrap_err();
    insta::assert_snapshot!(told, @r#"
        config/sluis.toml:2:1: error[unknown-setting]: there is no setting `disclosure.minimum`
          hint: did you mean `min`?
        config/sluis.toml:4:1: error[bad-value]: `disclosure.min.duo` is zero
          hint: one is the least: it withholds nothing
        config/sluis.toml:5:1: error[wrong-type]: `disclosure.min.cbs`: invalid type: string "veel", expected a whole number of 0 or more
        environment SLUIS__DISCLOSURE__MINN__CBS: error[unknown-setting]: there is no setting `disclosure.minn.cbs`
          hint: did you mean `SLUIS__DISCLOSURE__MIN__CBS`?
        --set disclosure.min.duo: error[wrong-type]: `disclosure.min.duo`: invalid value: integer `-1`, expected a whole number of 0 or more
        "#);
    insta::assert_snapshot!(resolve("[disclosure]\nmin = 6\n", &[], &[]).unwrap_err(), @r#"
        config/sluis.toml:2:1: error[wrong-type]: `disclosure.min` is a section, not a setting
          hint: write `[disclosure.min]` on a line of its own
        "#);
}
