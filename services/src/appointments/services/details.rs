//! A service as it is written: what callers send, and the row that comes of it.

use std::ops::RangeInclusive;

use auth::ProviderId;
use entity::appointments::service::{ActiveModel, Model};
use entity::query::{ActiveValue, NotSet, Set};
use serde::Serialize;

use crate::fields::{Checked, given, needed, optional_text, telling_name};
use crate::{Change, Problem, ProblemCode, Problems, fold};

/// A service to be added, as sent: nothing of it is checked yet.
#[derive(Clone, Debug, Serialize)]
pub struct NewService {
    pub name: String,
    pub description: Option<String>,
    pub duration_minutes: i32,
    /// The duration, if not given.
    pub longest_minutes: Option<i32>,
    pub buffer_before_minutes: i32,
    pub buffer_after_minutes: i32,
    pub notice_minutes: i32,
    pub horizon_days: Option<i32>,
    pub daily_limit: Option<i32>,
    pub is_active: bool,
    /// Who offers it; none: everybody.
    pub providers: Vec<ProviderId>,
}

/// Changes of a service, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServiceChanges {
    pub name: Change<String>,
    pub description: Change<String>,
    pub duration_minutes: Change<i32>,
    /// Emptied, it is the duration.
    pub longest_minutes: Change<i32>,
    pub buffer_before_minutes: Change<i32>,
    pub buffer_after_minutes: Change<i32>,
    pub notice_minutes: Change<i32>,
    pub horizon_days: Change<i32>,
    pub daily_limit: Change<i32>,
    pub is_active: Change<bool>,
    pub providers: Change<Vec<ProviderId>>,
}

const MINUTES: RangeInclusive<i32> = 1..=1440;
const BUFFER_MINUTES: RangeInclusive<i32> = 0..=480;
const NOTICE_MINUTES: RangeInclusive<i32> = 0..=525_600;
const HORIZON_DAYS: RangeInclusive<i32> = 1..=730;
const DAILY_LIMIT: RangeInclusive<i32> = 1..=1000;

impl NewService {
    /// The row that comes of it, or everything that is wrong with it. `named` is what is wrong with
    /// the providers.
    pub fn check(self, named: Vec<Problem>) -> Result<ActiveModel, Vec<Problem>> {
        let Self {
            name,
            description,
            duration_minutes,
            longest_minutes,
            buffer_before_minutes,
            buffer_after_minutes,
            notice_minutes,
            horizon_days,
            daily_limit,
            is_active,
            providers,
        } = self;
        let changes = ServiceChanges {
            name: Change::Set(name),
            description: given(description),
            duration_minutes: Change::Set(duration_minutes),
            longest_minutes: longest_minutes.map_or(Change::Clear, Change::Set),
            buffer_before_minutes: Change::Set(buffer_before_minutes),
            buffer_after_minutes: Change::Set(buffer_after_minutes),
            notice_minutes: Change::Set(notice_minutes),
            horizon_days: horizon_days.map_or(Change::Keep, Change::Set),
            daily_limit: daily_limit.map_or(Change::Keep, Change::Set),
            is_active: Change::Set(is_active),
            providers: Change::Set(providers),
        };
        changes.row(None, named)
    }
}

impl ServiceChanges {
    /// The providers who offer it from now on; none: they stay as they are.
    pub fn named(&self) -> Option<&[ProviderId]> {
        match &self.providers {
            Change::Keep => None,
            Change::Clear => Some(&[]),
            Change::Set(providers) => Some(providers),
        }
    }

    /// The changed columns of `current`, or everything that is wrong with the changes. `named` is what
    /// is wrong with the providers.
    pub fn check(self, current: &Model, named: Vec<Problem>) -> Result<ActiveModel, Vec<Problem>> {
        self.row(Some(current), named)
    }

    fn row(
        self,
        current: Option<&Model>,
        named: Vec<Problem>,
    ) -> Result<ActiveModel, Vec<Problem>> {
        // Taken apart, so that a field that no column is made of does not go unnoticed.
        let Self {
            name,
            description,
            duration_minutes,
            longest_minutes,
            buffer_before_minutes,
            buffer_after_minutes,
            notice_minutes,
            horizon_days,
            daily_limit,
            is_active,
            // Offers are rows of their own.
            providers: _,
        } = self;
        let mut problems = Problems::default();
        let duration = number(&mut problems, duration_minutes, "durationMinutes", MINUTES);
        let as_duration = longest_minutes == Change::Clear;
        let longest = match longest_minutes {
            Change::Clear => duration_of(&duration, current).map_or(NotSet, Set),
            change => number(&mut problems, change, "longestMinutes", MINUTES),
        };
        let mut row = ActiveModel {
            name: needed(&mut problems, name, "name", |name| telling_name(&name, "name", 100)),
            description: optional_text(&mut problems, description, "description", 500),
            buffer_before_minutes: number(
                &mut problems,
                buffer_before_minutes,
                "bufferBeforeMinutes",
                BUFFER_MINUTES,
            ),
            buffer_after_minutes: number(
                &mut problems,
                buffer_after_minutes,
                "bufferAfterMinutes",
                BUFFER_MINUTES,
            ),
            notice_minutes: number(&mut problems, notice_minutes, "noticeMinutes", NOTICE_MINUTES),
            horizon_days: optional_number(&mut problems, horizon_days, "horizonDays", HORIZON_DAYS),
            daily_limit: optional_number(&mut problems, daily_limit, "dailyLimit", DAILY_LIMIT),
            is_active: needed(&mut problems, is_active, "isActive", Ok),
            ..Default::default()
        };
        let shortest = duration_of(&duration, current);
        let longest_now = longest.try_as_ref().copied();
        let longest_now = longest_now.or(current.map(|service| service.longest_minutes));
        if !as_duration && shortest.zip(longest_now).is_some_and(|(short, long)| long < short) {
            problems.add(
                ProblemCode::Invalid,
                "longestMinutes",
                "The longest length is below the duration. Send a longer one, or null for the duration itself.",
            );
        }
        let problems: Vec<_> = problems.into_vec().into_iter().chain(named).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        row.duration_minutes = duration;
        row.longest_minutes = longest;
        let sort_name = row.name.try_as_ref().map(|name| fold::sorted_by(name));
        if let Some(sort_name) = sort_name {
            row.sort_name = Set(sort_name);
        }
        Ok(row)
    }
}

/// The duration as it will be.
fn duration_of(change: &ActiveValue<i32>, current: Option<&Model>) -> Option<i32> {
    change.try_as_ref().copied().or(current.map(|service| service.duration_minutes))
}

/// A column of a number that is never empty.
fn number(
    problems: &mut Problems,
    change: Change<i32>,
    field: &'static str,
    range: RangeInclusive<i32>,
) -> ActiveValue<i32> {
    needed(problems, change, field, |value| within(value, field, range))
}

/// A column of a number that may be empty.
fn optional_number(
    problems: &mut Problems,
    change: Change<i32>,
    field: &'static str,
    range: RangeInclusive<i32>,
) -> ActiveValue<Option<i32>> {
    match change {
        Change::Keep => NotSet,
        Change::Clear => Set(None),
        Change::Set(value) => {
            problems.check(within(value, field, range)).map_or(NotSet, |value| Set(Some(value)))
        }
    }
}

fn within(value: i32, field: &'static str, range: RangeInclusive<i32>) -> Checked<i32> {
    if range.contains(&value) {
        return Ok(value);
    }
    let message = format!("The number must be from {} to {}.", range.start(), range.end());
    Err(Problem::new(ProblemCode::Invalid, field, message))
}
