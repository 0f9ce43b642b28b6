use super::*;
use crate::model;

fn pipeline(name: &str, schedule: &str) -> Pipeline {
    #[derive(serde::Deserialize)]
    struct File {
        schedule: Option<toml::Spanned<crate::contract::RawSchedule>>,
    }
    let text: Arc<str> = schedule.into();
    let file: File = toml::from_str(&text).unwrap();
    let parsed = |raw| Schedule::parse(&raw, crate::contract::schedule::Scheduled::Pipeline).unwrap();
    Pipeline {
        name: name.to_owned(),
        path: format!("{name}.toml").into(),
        schedule: file.schedule.map(parsed),
        text,
    }
}

/// What is said of pipelines (name, schedule) and models (name, schedule), without folders.
fn told(pipelines: &[(&str, &str)], models: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, schedule) in models {
        let path = folder.path().join(format!("{}.sql", name.replace('.', "/")));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("/*---\ndescription = 'd'\n{schedule}\n---*/\nSELECT 1 AS x");
        std::fs::write(path, text).unwrap();
    }
    let around = Surroundings {
        sql: folder.path().to_path_buf(),
        pipelines: pipelines
            .iter()
            .map(|(name, schedule)| pipeline(name, schedule))
            .collect(),
        unsound: ["staging.duo_kapot".parse().unwrap()].into(),
        ..Surroundings::default()
    };
    let (models, mut problems) = model::load_all(&around.sql);
    check(&around, &models, &mut problems);
    let root = format!("{}/", around.sql.display());
    problems
        .iter()
        .map(|problem| problem.to_string().replace(&root, ""))
        .collect()
}

#[test]
fn pipelines_and_models_come_after_each_other() {
    let none: [String; 0] = [];
    assert_eq!(
        told(
            &[
                ("duo_x", "schedule = { on = 'delivery' }"),
                ("duo_y", "schedule = { after = ['duo_x', 'core.z', 'duo_kapot'] }"),
            ],
            &[
                ("core.z", "schedule = { after = ['duo_x'], retries = 5 }"),
                ("mart.a", "schedule = { after = ['core.z', 'duo_y', 'mart.b'] }"),
                ("mart.b", ""),
            ],
        ),
        none
    );
}

#[test]
fn unknown_names_and_pipelines_without_a_schedule_are_told() {
    assert_eq!(
        told(
            &[("duo_x", ""), ("duo_y", "schedule = { after = ['duo_x', 'core.zz'] }")],
            &[("core.zzz", "schedule = { after = ['duo_yy', 'nowhere'] }")],
        ),
        [
            "core/zzz.sql:3:12: error[schedule]: no pipeline or model is called `duo_yy`\n  hint: did you mean `duo_y`?",
            "core/zzz.sql:3:12: error[schedule]: no pipeline or model is called `nowhere`\n  hint: pipelines are named as their \
             contracts, models with their schema: mart.x",
            "duo_y.toml:1:12: warning[schedule]: `duo_x` has no schedule, so nothing comes after it\n  hint: give it one: \
             schedule = { on = \"delivery\" } in duo_x.toml",
            "duo_y.toml:1:12: error[schedule]: no pipeline or model is called `core.zz`\n  hint: did you mean `core.zzz`?",
        ]
    );
}

#[test]
fn what_comes_after_itself_is_told_with_the_whole_circle() {
    assert_eq!(
        told(
            &[("duo_x", "schedule = { after = ['mart.a'] }")],
            &[
                ("core.z", "schedule = { after = ['duo_x'] }"),
                ("mart.a", "schedule = { after = ['core.z'] }"),
                ("mart.b", "schedule = { after = ['mart.b'] }"),
            ],
        ),
        [
            "core/z.sql:3:12: error[schedule]: these come after each other: core.z after duo_x after mart.a after core.z\n  \
             hint: give one of them a `cron`, or leave one name out",
            "mart/b.sql:3:12: error[schedule]: these come after each other: mart.b after mart.b\n  hint: give one of them \
             a `cron`, or leave one name out",
        ]
    );
}

#[test]
fn a_model_is_not_scheduled_by_deliveries() {
    assert_eq!(
        told(&[], &[("mart.a", "schedule = { on = 'delivery' }")]),
        [
            "mart/a.sql:3:19: error[schedule]: deliveries come in for pipelines, not for models\n  hint: without a schedule \
             a model is rebuilt when what it reads has changed; otherwise say `after` or `cron`"
        ]
    );
}
