/// What became of an appointment, as subscribers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentTopic {
    Booked,
    Accepted,
    Confirmed,
    CheckedIn,
    Completed,
    NoShow,
    Cancelled,
    Rescheduled,
    Updated,
    EnteredInError,
    Deleted,
    Restored,
}

impl AppointmentTopic {
    /// Every topic.
    pub const ALL: [Self; 12] = [
        Self::Booked,
        Self::Accepted,
        Self::Confirmed,
        Self::CheckedIn,
        Self::Completed,
        Self::NoShow,
        Self::Cancelled,
        Self::Rescheduled,
        Self::Updated,
        Self::EnteredInError,
        Self::Deleted,
        Self::Restored,
    ];

    /// The topic as the outbox has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "appointment.booked",
            Self::Accepted => "appointment.accepted",
            Self::Confirmed => "appointment.confirmed",
            Self::CheckedIn => "appointment.checked_in",
            Self::Completed => "appointment.completed",
            Self::NoShow => "appointment.no_show",
            Self::Cancelled => "appointment.cancelled",
            Self::Rescheduled => "appointment.rescheduled",
            Self::Updated => "appointment.updated",
            Self::EnteredInError => "appointment.entered_in_error",
            Self::Deleted => "appointment.deleted",
            Self::Restored => "appointment.restored",
        }
    }

    /// Reads a topic of the outbox.
    pub fn parse(topic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == topic)
    }
}
