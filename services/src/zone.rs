//! Days and instants in a clinic's time zone.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use entity::identity::clinic;

/// The clinic's zone. One that the tables of zones no longer know is read as UTC.
pub(crate) fn zone(clinic: &clinic::Model) -> Tz {
    clinic.time_zone.parse().unwrap_or(Tz::UTC)
}

/// The day that an instant falls on.
pub(crate) fn day_of(time: DateTime<Utc>, zone: Tz) -> NaiveDate {
    time.with_timezone(&zone).date_naive()
}

/// The instants at which a day begins and ends. A few days of the last days of the calendar have no
/// end that can be said.
pub(crate) fn bounds(day: NaiveDate, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((beginning(day, zone)?, beginning(day.checked_add_days(Days::new(1))?, zone)?))
}

/// Midnight; where clocks skip it, the first instant after it.
fn beginning(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let quarters = (0..24 * 4).map(|quarter| {
        let midnight = NaiveTime::MIN + chrono::TimeDelta::minutes(15 * quarter);
        zone.from_local_datetime(&day.and_time(midnight)).earliest()
    });
    quarters.flatten().next().map(|time| time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_local_midnight_and_are_as_long_as_they_are() {
        let cases = [
            ("Europe/London", "2026-11-20", "2026-11-20T00:00:00Z", 24),
            ("Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", 23),
            ("Europe/London", "2026-10-25", "2026-10-24T23:00:00Z", 25),
            ("America/Chicago", "2026-11-20", "2026-11-20T06:00:00Z", 24),
            // Clocks went from 23:59 to 01:00.
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23),
            // A day that there was not.
            ("Pacific/Apia", "2011-12-30", "", 0),
        ];
        for (zone, day, begins, hours) in cases {
            let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
            let day: NaiveDate = day.parse().unwrap_or_default();
            let found = bounds(day, zone);
            let begin =
                found.map(|(from, _)| from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            assert_eq!(begin.unwrap_or_default(), begins, "{day} {zone}");
            let length = found.map_or(0, |(from, to)| (to - from).num_hours());
            assert_eq!(length, hours, "{day} {zone}");
        }
    }

    #[test]
    fn an_instant_falls_on_the_local_day() {
        let time = DateTime::from_timestamp(1_795_147_200, 0).unwrap_or_default();
        assert_eq!(time.to_rfc3339(), "2026-11-20T04:00:00+00:00");
        assert_eq!(day_of(time, Tz::Europe__London).to_string(), "2026-11-20");
        assert_eq!(day_of(time, Tz::America__Chicago).to_string(), "2026-11-19");
    }
}
