//! Both changes of the clock of 2026 in Europe/Amsterdam, and stranger ones elsewhere.
use chrono::{TimeDelta, Timelike};
use chrono_tz::Tz;

use super::*;
use crate::schedule::occurrences::{before, due, next, previous};

const AMSTERDAM: Tz = Tz::Europe__Amsterdam;
/// Noon the day before to noon the day after: of 29 March, and of 25 October.
const SPRING: (&str, &str) = ("2026-03-28 11:00", "2026-03-30 10:00");
const AUTUMN: (&str, &str) = ("2026-10-24 10:00", "2026-10-26 11:00");

/// Occurrences with their local times, forwards; backwards gives the same.
fn shown(cron: &str, zone: Tz, (from, to): (&str, &str)) -> Vec<String> {
    let cron = expression(cron);
    let forwards: Vec<_> = due(&cron, zone, at(from), at(to)).collect();
    let backwards = before(&cron, zone, at(to) + TimeDelta::seconds(1)).take_while(|one| *one > at(from));
    let mut backwards: Vec<_> = backwards.collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    assert!(forwards.is_sorted_by(|one, other| one < other));
    let local = |one: &DateTime<Utc>| one.with_timezone(&zone).format("%d %H:%M %Z").to_string();
    forwards.iter().map(local).collect()
}

#[test]
fn a_daily_job_runs_once_on_the_day_that_misses_its_time() {
    let shown = |cron| shown(cron, AMSTERDAM, SPRING);
    assert_eq!(shown("30 2 * * *"), ["29 03:00 CEST", "30 02:30 CEST"]);
    assert_eq!(shown("0 2 * * *"), ["29 03:00 CEST", "30 02:00 CEST"]);
    assert_eq!(shown("0 3 * * *"), ["29 03:00 CEST", "30 03:00 CEST"]);
    assert_eq!(shown("59 1 * * *"), ["29 01:59 CET", "30 01:59 CEST"]);
}

#[test]
fn a_daily_job_runs_once_on_the_day_that_has_its_time_twice() {
    let shown = |cron| shown(cron, AMSTERDAM, AUTUMN);
    assert_eq!(shown("30 2 * * *"), ["25 02:30 CEST", "26 02:30 CET"]);
    assert_eq!(shown("0 2 * * *"), ["25 02:00 CEST", "26 02:00 CET"]);
    assert_eq!(shown("0 3 * * *"), ["25 03:00 CET", "26 03:00 CET"]);
}

#[test]
fn every_named_time_runs_once_also_of_a_list_or_a_step() {
    assert_eq!(
        shown("0 2,14 * * *", AMSTERDAM, SPRING),
        ["28 14:00 CET", "29 03:00 CEST", "29 14:00 CEST", "30 02:00 CEST"]
    );
    assert_eq!(
        shown("0 2,14 * * *", AMSTERDAM, AUTUMN),
        ["24 14:00 CEST", "25 02:00 CEST", "25 14:00 CET", "26 02:00 CET"]
    );
    // two names that fall into the gap are one moment after it
    assert_eq!(
        shown("0,30 2 * * *", AMSTERDAM, SPRING),
        ["29 03:00 CEST", "30 02:00 CEST", "30 02:30 CEST"]
    );
    let morning = ("2026-03-28 23:30", "2026-03-29 03:30");
    assert_eq!(shown("0 2,3 * * *", AMSTERDAM, morning), ["29 03:00 CEST"]);
    assert_eq!(
        shown("0 */2 * * *", AMSTERDAM, morning),
        ["29 03:00 CEST", "29 04:00 CEST"]
    );
    let night = ("2026-10-24 22:30", "2026-10-25 03:30");
    assert_eq!(
        shown("0 */2 * * *", AMSTERDAM, night),
        ["25 02:00 CEST", "25 04:00 CET"]
    );
}

#[test]
fn a_rhythm_goes_on_in_real_time() {
    let of_day = |cron, (from, to): (&str, &str)| shown(cron, AMSTERDAM, (from, to)).len();
    let spring = ("2026-03-28 22:59", "2026-03-29 21:59");
    let autumn = ("2026-10-24 21:59", "2026-10-25 22:59");
    assert_eq!([of_day("0 * * * *", spring), of_day("0 * * * *", autumn)], [23, 25]);
    assert_eq!(
        [of_day("*/15 * * * *", spring), of_day("*/15 * * * *", autumn)],
        [92, 100]
    );
    for (cron, minutes) in [
        ("0 * * * *", 60),
        ("*/15 * * * *", 15),
        ("*/15 1-5 * * *", 15),
        ("0 */10 * * * *", 10),
    ] {
        let cron = expression(cron);
        for (from, to) in [
            ("2026-03-29 00:00", "2026-03-29 02:45"),
            ("2026-10-25 00:00", "2026-10-25 03:30"),
        ] {
            let times: Vec<_> = due(&cron, AMSTERDAM, at(from), at(to)).collect();
            assert!(times.len() > 1);
            for pair in times.windows(2) {
                assert_eq!(
                    pair[1] - pair[0],
                    TimeDelta::minutes(minutes),
                    "{} {pair:?}",
                    cron.text()
                );
            }
        }
    }
    assert_eq!(
        shown("*/15 * * * *", AMSTERDAM, ("2026-03-29 00:40", "2026-03-29 01:20")),
        ["29 01:45 CET", "29 03:00 CEST", "29 03:15 CEST"]
    );
    assert_eq!(
        shown("*/30 * * * *", AMSTERDAM, ("2026-10-25 00:10", "2026-10-25 02:10")),
        ["25 02:30 CEST", "25 02:00 CET", "25 02:30 CET", "25 03:00 CET"]
    );
}

#[test]
fn the_whole_year_has_each_day_once_and_each_hour() {
    for zone in [
        AMSTERDAM,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::Africa__Casablanca,
        Tz::UTC,
    ] {
        let (from, to) = (at("2025-12-31 23:59"), at("2026-12-31 23:59"));
        for cron in ["30 2 * * *", "15 0 * * *", "45 1 * * *", "0 3 * * *", "59 59 23 * * *"] {
            let times: Vec<_> = due(&expression(cron), zone, from, to).collect();
            let mut days: Vec<_> = times.iter().map(|one| one.with_timezone(&zone).date_naive()).collect();
            let all = days.len();
            days.dedup();
            assert_eq!((all, days.len()), (365, 365), "{cron} in {zone}");
        }
        let hourly = due(&expression("0 * * * *"), zone, from, to).collect::<Vec<_>>();
        // Lord Howe jumps by half an hour: one hour less half, and one and a half
        assert!((8_759..=8_761).contains(&hourly.len()), "{zone} {}", hourly.len());
        assert!(hourly.iter().all(|one| one.with_timezone(&zone).minute() == 0));
    }
}

#[test]
fn a_rare_day_is_found_however_far() {
    let leap = expression("0 12 29 2 *");
    assert_eq!(
        next(&leap, AMSTERDAM, at("2026-01-01 00:00")),
        Some(at("2028-02-29 11:00"))
    );
    assert_eq!(
        previous(&leap, AMSTERDAM, at("2026-01-01 00:00")),
        Some(at("2024-02-29 11:00"))
    );
}

#[test]
fn the_end_of_a_stretch_belongs_to_it_and_the_beginning_does_not() {
    let daily = expression("0 6 * * *");
    let times = due(&daily, AMSTERDAM, at("2026-06-01 04:00"), at("2026-06-03 04:00"));
    assert_eq!(
        times.collect::<Vec<_>>(),
        [at("2026-06-02 04:00"), at("2026-06-03 04:00")]
    );
    let half = TimeDelta::milliseconds(500);
    assert_eq!(
        next(&daily, AMSTERDAM, at("2026-06-01 04:00") - half),
        Some(at("2026-06-01 04:00"))
    );
    assert_eq!(
        previous(&daily, AMSTERDAM, at("2026-06-01 04:00") + half),
        Some(at("2026-06-01 04:00"))
    );
    assert_eq!(
        previous(&daily, AMSTERDAM, at("2026-06-01 04:00")),
        Some(at("2026-05-31 04:00"))
    );
}
