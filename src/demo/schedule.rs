//! The demo's directory and some weeks of appointments around the day of seeding.

use auth::{PatientId, ProviderId, RoomId, ServiceId, UserId};
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use entity::TenantScope;
use entity::appointments::appointment::Status;
use services::appointments::providers::{self, NewProvider};
use services::appointments::rooms::{self, NewRoom};
use services::appointments::services::{self as offered, NewService};
use services::appointments::{Record, record};
use uuid::Uuid;

use super::{SeedError, done};

/// The first is linked to the demo's doctor, the others let nobody in.
const PROVIDERS: [(&str, &str); 5] = [
    ("Dr Dora Doctor", "General practice"),
    ("Dr Amir Aziz", "Physiotherapy"),
    ("Nurse Nora Nilsson", "Nursing"),
    ("Dr Bea Brandt", "Orthopaedics"),
    ("Dr Chidi Cole", "General practice"),
];
const ROOMS: [&str; 5] =
    ["Room 1", "Room 2", "Room 3", "Treatment room", "Consulting room upstairs"];
const SERVICES: [(&str, i32); 4] =
    [("Consultation", 30), ("Follow-up", 15), ("Physiotherapy session", 45), ("Blood test", 15)];
const REASONS: [Option<&str>; 5] =
    [Some("Back pain"), None, Some("Check-up"), Some("Results of the blood test"), None];

/// Days before the day of seeding, and from it on.
const BEFORE: u64 = 14;
const AFTER: u64 = 21;
/// The half hours of a working day, from nine o'clock.
const HALF_HOURS: usize = 15;

/// What can be booked, and with whom.
struct Directory {
    providers: Vec<Uuid>,
    rooms: Vec<Uuid>,
    services: Vec<(Uuid, i32)>,
}

/// Makes the directory, and books the patients in.
pub async fn fill(
    scope: &TenantScope,
    time_zone: &str,
    patients: &[PatientId],
    doctor: Option<UserId>,
) -> Result<(), SeedError> {
    let directory = make_directory(scope).await?;
    if let (Some(doctor), Some(first)) = (doctor, directory.providers.first()) {
        done(providers::link_user(scope, ProviderId(*first), Some(doctor), None).await?)?;
    }
    let zone = time_zone.parse().unwrap_or(Tz::UTC);
    record(scope, appointments(&directory, patients, zone, Utc::now())).await?;
    Ok(())
}

async fn make_directory(scope: &TenantScope) -> Result<Directory, SeedError> {
    let mut directory =
        Directory { providers: Vec::new(), rooms: Vec::new(), services: Vec::new() };
    for (name, specialty) in PROVIDERS {
        let provider = NewProvider {
            display_name: name.to_owned(),
            specialty: Some(specialty.to_owned()),
            registration_number: None,
            is_active: true,
        };
        directory.providers.push(done(providers::create(scope, provider, None).await?)?.id);
    }
    for name in ROOMS {
        let room = NewRoom { name: name.to_owned(), description: None, is_active: true };
        directory.rooms.push(done(rooms::create(scope, room, None).await?)?.id);
    }
    for (name, minutes) in SERVICES {
        let service = done(offered::create(scope, service(name, minutes), None).await?)?;
        directory.services.push((service.id, minutes));
    }
    Ok(directory)
}

fn service(name: &str, minutes: i32) -> NewService {
    NewService {
        name: name.to_owned(),
        description: None,
        duration_minutes: minutes,
        longest_minutes: Some(2 * minutes),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        notice_minutes: 120,
        horizon_days: Some(90),
        daily_limit: None,
        is_active: true,
        providers: Vec::new(),
    }
}

/// Each provider's working days, five of seven half hours taken. Strides as among the patients: mixed,
/// and the same every time.
fn appointments(
    directory: &Directory,
    patients: &[PatientId],
    zone: Tz,
    now: DateTime<Utc>,
) -> Vec<Record> {
    let today = now.with_timezone(&zone).date_naive();
    let mut records = Vec::new();
    for day in 0..BEFORE + AFTER {
        let date = today - Days::new(BEFORE) + Days::new(day);
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && date != today {
            continue;
        }
        for (column, provider) in directory.providers.iter().enumerate() {
            for half_hour in 0..HALF_HOURS {
                let number = usize::try_from(day).unwrap_or(0) * 97 + column * 31 + half_hour * 7;
                let minutes = 30 * i64::try_from(half_hour).unwrap_or(0);
                let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(9 * 60 + minutes);
                let Some(starts_at) = zone.from_local_datetime(&local).earliest() else { continue };
                if number % 7 < 2 {
                    continue;
                }
                let starts_at = starts_at.with_timezone(&Utc);
                let (service, minutes) = directory.services[number % directory.services.len()];
                // No longer than the half hour that is theirs.
                let ends_at = starts_at + TimeDelta::minutes(minutes.min(30).into());
                records.push(Record {
                    patient: patients[number % patients.len()],
                    provider: ProviderId(*provider),
                    service: Some(ServiceId(service)),
                    room: directory.rooms.get(column).copied().map(RoomId),
                    starts_at,
                    ends_at,
                    status: status(number, starts_at, ends_at, now),
                    reason: REASONS[number % REASONS.len()].map(str::to_owned),
                });
            }
        }
    }
    records
}

fn status(
    number: usize,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Status {
    match number % 16 {
        5 => Status::Cancelled,
        11 if ends_at <= now => Status::NoShow,
        _ if ends_at <= now => Status::Completed,
        _ if starts_at <= now => Status::CheckedIn,
        1 => Status::Requested,
        odd if odd % 2 == 1 => Status::Confirmed,
        _ => Status::Scheduled,
    }
}
