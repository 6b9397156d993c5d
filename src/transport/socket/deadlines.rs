//! Until when what must have happened on a socket.

use std::time::Duration;

use tokio::time::Instant;

/// How patient a socket is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the opening to `connection_init`.
    pub init: Duration,
    /// Between two pings of ours. Without a sign of life for two of them the socket is closed.
    pub ping: Duration,
    /// Without anything that a user does: no operation begun, no token sent.
    pub idle: Duration,
    /// The same while nobody is signed in.
    pub anonymous: Duration,
}

/// What has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Init,
    Ping,
    Silence,
    Idle,
    /// The token has ended.
    Token,
}

/// The times of one socket.
#[derive(Debug)]
pub struct Deadlines {
    patience: Patience,
    opened: Instant,
    pinged: Instant,
    session: Option<Session>,
}

/// From `connection_ack` on.
#[derive(Debug)]
struct Session {
    active: Instant,
    idle: Duration,
    token_ends: Option<Instant>,
}

/// A token's end is looked at again after so long, however far off it may be: clocks are set.
const FAR: Duration = Duration::from_secs(24 * 3600);

impl Deadlines {
    /// Of a socket that is opened now.
    pub fn new(patience: Patience, now: Instant) -> Self {
        Self { patience, opened: now, pinged: now, session: None }
    }

    /// The session is open, or a fresh token was sent. `lifetime` is what the token has left; nobody
    /// who is signed in has none.
    pub fn signed_in(&mut self, now: Instant, lifetime: Option<Duration>) {
        let Patience { idle, anonymous, .. } = self.patience;
        let idle = if lifetime.is_some() { idle } else { anonymous };
        self.session = Some(Session { active: now, idle, token_ends: None });
        if let Some(lifetime) = lifetime {
            self.token_has_left(now, lifetime);
        }
    }

    /// The token has so much left: it is looked at again then, or after a day at the latest.
    pub fn token_has_left(&mut self, now: Instant, lifetime: Duration) {
        if let Some(session) = &mut self.session {
            session.token_ends = Some(now + lifetime.min(FAR));
        }
    }

    /// The user has done something.
    pub fn active(&mut self, now: Instant) {
        if let Some(session) = &mut self.session {
            session.active = now;
        }
    }

    /// A ping was sent.
    pub fn pinged(&mut self, now: Instant) {
        self.pinged = now;
    }

    /// When to look again, given when the client last gave a sign of life.
    pub fn next(&self, alive: Instant) -> Instant {
        let next_ping = self.pinged + self.patience.ping;
        self.all(alive).map(|(_, at)| at).fold(next_ping, Instant::min)
    }

    /// The first thing that has come due by `now`, those that end the socket before a ping.
    pub fn due(&self, alive: Instant, now: Instant) -> Option<Due> {
        self.all(alive).find(|(_, at)| *at <= now).map(|(due, _)| due)
    }

    fn all(&self, alive: Instant) -> impl Iterator<Item = (Due, Instant)> {
        let Patience { init, ping, .. } = self.patience;
        let session = self.session.as_ref();
        let token = session.and_then(|session| session.token_ends).map(|end| (Due::Token, end));
        let waiting = match session {
            Some(session) => (Due::Idle, session.active + session.idle),
            None => (Due::Init, self.opened + init),
        };
        let silence = (Due::Silence, alive + 2 * ping);
        token.into_iter().chain([waiting, silence, (Due::Ping, self.pinged + ping)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        init: Duration::from_secs(3),
        ping: Duration::from_secs(20),
        idle: Duration::from_secs(100),
        anonymous: Duration::from_secs(30),
    };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn init_must_come_in_time_and_then_no_longer_matters() {
        let start = Instant::now();
        let mut times = Deadlines::new(PATIENCE, start);
        assert_eq!(times.next(start), start + seconds(3));
        assert_eq!(times.due(start, start + seconds(2)), None);
        assert_eq!(times.due(start, start + seconds(3)), Some(Due::Init));
        times.signed_in(start + seconds(1), None);
        assert_eq!(times.next(start), start + seconds(20));
    }

    #[test]
    fn the_first_end_is_told_and_a_ping_only_where_nothing_ends() {
        let start = Instant::now();
        let mut times = Deadlines::new(PATIENCE, start);
        times.signed_in(start, Some(seconds(50)));
        assert_eq!(times.due(start, start + seconds(20)), Some(Due::Ping));
        times.pinged(start + seconds(20));
        assert_eq!(times.due(start, start + seconds(40)), Some(Due::Silence));
        assert_eq!(times.due(start + seconds(30), start + seconds(40)), Some(Due::Ping));
        assert_eq!(times.due(start + seconds(49), start + seconds(50)), Some(Due::Token));
    }

    #[test]
    fn a_fresh_token_and_an_operation_are_activity_and_pings_are_not() {
        let start = Instant::now();
        let mut times = Deadlines::new(PATIENCE, start);
        times.signed_in(start, Some(Duration::MAX));
        times.pinged(start + seconds(99));
        let alive = start + seconds(99);
        assert_eq!(times.due(alive, start + seconds(100)), Some(Due::Idle));
        times.active(start + seconds(60));
        assert_eq!(times.due(alive, start + seconds(100)), None);
        times.signed_in(start + seconds(90), Some(seconds(3600)));
        times.pinged(start + seconds(180));
        let alive = start + seconds(180);
        assert_eq!(times.due(alive, start + seconds(189)), None);
        assert_eq!(times.due(alive, start + seconds(190)), Some(Due::Idle));
    }

    #[test]
    fn who_is_not_signed_in_is_idle_sooner() {
        let start = Instant::now();
        let mut times = Deadlines::new(PATIENCE, start);
        times.signed_in(start, None);
        times.pinged(start + seconds(29));
        let alive = start + seconds(29);
        assert_eq!(times.due(alive, start + seconds(29)), None);
        assert_eq!(times.due(alive, start + seconds(30)), Some(Due::Idle));
        times.active(start + seconds(20));
        assert_eq!(times.due(alive, start + seconds(48)), None);
        times.pinged(start + seconds(49));
        assert_eq!(times.due(alive, start + seconds(50)), Some(Due::Idle));
    }

    #[test]
    fn a_token_that_never_ends_is_no_reason_to_fail() {
        let start = Instant::now();
        let mut times = Deadlines::new(PATIENCE, start);
        times.signed_in(start, Some(Duration::MAX));
        assert_eq!(times.next(start), start + seconds(20));
    }
}
