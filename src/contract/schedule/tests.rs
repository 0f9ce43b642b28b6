use std::time::Duration;

use super::*;

#[derive(Debug, serde::Deserialize)]
struct File {
    schedule: Spanned<RawSchedule>,
}

fn parsed(text: &str, of: Scheduled) -> Result<Schedule, Flaw> {
    let file: File = toml::from_str(&format!("schedule = {{ {text} }}")).unwrap();
    Schedule::parse(&file.schedule, of)
}

fn refused(text: &str) -> String {
    parsed(text, Scheduled::Pipeline).unwrap_err().message
}

#[test]
fn every_key_is_read() {
    let schedule = parsed(
        "cron = '0 6 * * 1-5', zone = 'Europe/Brussels', missed = 'run_all', grace = '30 seconds', overlap = 'skip', \
         retries = 0, backoff = '2 hours', timeout = '1 day', jitter = '5 minutes', paused = true",
        Scheduled::Model,
    )
    .unwrap();
    let expected = Policy {
        missed: Missed::RunAll,
        grace: Duration::from_secs(30),
        overlap: Overlap::Skip,
        retries: 0,
        backoff: Duration::from_secs(7_200),
        timeout: Some(Duration::from_secs(86_400)),
        jitter: Some(Duration::from_secs(300)),
        paused: true,
    };
    assert_eq!(schedule.policy, expected);
    assert_eq!(schedule.trigger.to_string(), "0 6 * * 1-5 (Europe/Brussels)");
}

#[test]
fn what_is_left_out_has_a_default() {
    let schedule = parsed("cron = '30 0 6 * * 1-5'", Scheduled::Pipeline).unwrap();
    assert_eq!(schedule.policy, Policy::default());
    assert_eq!(schedule.trigger.to_string(), "30 0 6 * * 1-5 (Europe/Amsterdam)");
    let delivery = parsed("on = 'delivery'", Scheduled::Pipeline).unwrap();
    assert_eq!(delivery.trigger, Trigger::Delivery);
    let after = parsed("after = ['duo_x', 'mart.y']", Scheduled::Model).unwrap();
    assert_eq!(after.trigger.to_string(), "after duo_x, mart.y");
}

#[test]
fn what_is_wrong_is_told_with_what_is_right() {
    let both = "a schedule has exactly one of `cron`, `on` and `after`";
    for (text, message) in [
        ("", both),
        ("cron = '0 6 * * *', on = 'delivery'", both),
        ("after = []", "`after` names nothing"),
        ("on = 'arrival'", "`on` is \"delivery\", not \"arrival\""),
        (
            "cron = '@daily'",
            "`@daily` has 1 field; a cron expression has five (minute, hour, day of the month, month, \
                             day of the week), or six with seconds first",
        ),
        (
            "cron = '0 6 30 2 *'",
            "`0 6 30 2 *` never comes due: there is no such day",
        ),
        (
            "cron = '0 6 * * *', zone = 'Europe/Amsterdm'",
            "`Europe/Amsterdm` is not a time zone of the IANA database",
        ),
        (
            "on = 'delivery', zone = 'UTC'",
            "`zone` says something of a cron expression, and there is none",
        ),
        (
            "after = ['a'], jitter = '1 day'",
            "`jitter` says something of a cron expression, and there is none",
        ),
        ("on = 'delivery', overlap = 'skip'", "a delivery is never skipped"),
        (
            "cron = '0 6 * * *', missed = 'all'",
            "`missed` is one of \"run_last\" \"run_all\" \"skip\" and not \"all\"",
        ),
        (
            "cron = '0 6 * * *', overlap = 'queue'",
            "`overlap` is one of \"skip\" \"queue_one\" and not \"queue\"",
        ),
        (
            "cron = '0 6 * * *', grace = '200 years'",
            "`200 years` is not a length of time; write a whole number above 0 \
          and seconds, minutes, hours or days: \"5 minutes\"",
        ),
        (
            "cron = '0 6 * * *', grace = '40000 days'",
            "`40000 days` is longer than a hundred years",
        ),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
    for length in ["0 minutes", "-1 hours", "1.5 hours", "5", "minutes", "5 minutess"] {
        let message = refused(&format!("cron = '0 6 * * *', timeout = '{length}'"));
        assert!(message.contains("is not a length of time"), "{message}");
    }
    assert!(refused("cron = '0 25 * * *'").starts_with("`0 25 * * *` is not a cron expression: `25` names no hour"));
    assert!(refused("cron = '0 6 * * * * 2027'").contains("has 7 fields"));
    let unknown = toml::from_str::<File>("schedule = { cron = '0 6 * * *', retry = 3 }").unwrap_err();
    assert!(unknown.to_string().contains("retries"), "{unknown}");
    let model = parsed("on = 'delivery'", Scheduled::Model).unwrap_err();
    assert!(model.hint.unwrap().contains("`after` or `cron`"));
}

#[test]
fn retries_wait_longer_each_time_up_to_an_hour() {
    let policy = Policy::default();
    let minutes = |failed| policy.wait(failed).as_secs() / 60;
    assert_eq!([1, 2, 3, 6, 7, 40].map(minutes), [1, 2, 4, 32, 60, 60]);
    let day = Policy {
        backoff: Duration::from_secs(86_400),
        ..policy
    };
    assert_eq!(day.wait(3), Duration::from_secs(86_400));
}

#[test]
fn lengths_of_time_are_told_as_they_are_written() {
    for text in [
        "30 seconds",
        "90 seconds",
        "5 minutes",
        "2 hours",
        "1 day",
        "36500 days",
    ] {
        assert_eq!(duration_text(parse_duration(text).unwrap()), text);
    }
}
