//! Rates: how much callers may ask for in a minute, in points of cost. Each instance counts for itself.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth::{Actor, TenantId, UserId};
use governor::clock::{Clock, MonotonicClock, Reference};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use crate::network::block;

/// What may be taken in a minute; 0 is without a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Points of cost for each user.
    pub per_user: u32,
    /// Points of cost for each network address of those who are not signed in.
    pub per_address: u32,
    /// Points of cost for each clinic.
    pub per_clinic: u32,
    /// Tokens that are not accepted, for each network address.
    pub refused_tokens: u32,
    /// Whether they are enforced, or only counted.
    pub enforced: bool,
}

/// What a caller has left, as the headers `RateLimit-*` say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Points in a minute, and so at once.
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until all of it is there again.
    pub reset: u64,
}

/// There is nothing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    pub allowance: Allowance,
    /// Seconds until the same may be asked again.
    pub retry_after: u64,
}

/// The rates of one gateway.
pub struct Rates<C: Clock = MonotonicClock> {
    users: Option<Rate<UserId, C>>,
    addresses: Option<Rate<IpAddr, C>>,
    clinics: Option<Rate<TenantId, C>>,
    refused_tokens: Option<Rate<IpAddr, C>>,
    /// Addresses whose tokens are not looked at, and until when.
    closed: Cache<IpAddr, C::Instant>,
    clock: C,
    enforced: bool,
    /// How often something was taken, and how often it was not there.
    taken: AtomicU64,
    exhausted: AtomicU64,
}

type Limiter<K, C> = RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>;

/// One rate, of so many points a minute for each key.
struct Rate<K: Hash + Eq + Clone, C: Clock> {
    limit: NonZeroU32,
    limiter: Limiter<K, C>,
    clock: C,
}

/// How many addresses are closed at once.
const MOST_CLOSED: u64 = 100_000;

/// After so many operations, keys that are as good as new are forgotten.
const SWEEP: u64 = 10_000;

impl Rates {
    /// Rates by these limits.
    pub fn new(limits: &RateLimits) -> Self {
        Self::by_clock(limits, &MonotonicClock)
    }
}

impl<C> Rates<C>
where
    C: Clock + Clone,
    C::Instant: 'static,
{
    fn by_clock(limits: &RateLimits, clock: &C) -> Self {
        Self {
            users: Rate::new(limits.per_user, clock),
            addresses: Rate::new(limits.per_address, clock),
            clinics: Rate::new(limits.per_clinic, clock),
            refused_tokens: Rate::new(limits.refused_tokens, clock),
            closed: Cache::new(MOST_CLOSED),
            clock: clock.clone(),
            enforced: limits.enforced,
            taken: AtomicU64::new(0),
            exhausted: AtomicU64::new(0),
        }
    }

    /// Takes the points of one operation from its caller, and from the clinic. What is told is the
    /// caller's own. An operation that costs more than there is in a minute takes the whole minute.
    pub fn take(
        &self,
        actor: &Actor,
        network: Option<IpAddr>,
        points: usize,
    ) -> Result<Option<Allowance>, Exhausted> {
        self.take_rest(actor, network, points, 0)
    }

    /// Takes the rest of an operation's points, of which some, but not all, were taken before. What is
    /// said to wait is the time until all of them are there again.
    pub fn take_rest(
        &self,
        actor: &Actor,
        network: Option<IpAddr>,
        points: usize,
        taken: u32,
    ) -> Result<Option<Allowance>, Exhausted> {
        self.sweep_now_and_then();
        let points = u32::try_from(points).unwrap_or(u32::MAX);
        let own = match actor.person() {
            Some(person) => self.users.as_ref().map(|rate| rate.take(&person.user, points, taken)),
            None => network
                .zip(self.addresses.as_ref())
                .map(|(network, rate)| rate.take(&block(network), points, taken)),
        };
        let allowance = self.enforce(own)?;
        let clinic = actor.member().zip(self.clinics.as_ref());
        self.enforce(clinic.map(|(member, rate)| rate.take(&member.tenant, points, taken)))?;
        Ok(allowance)
    }

    /// Whether a token from this address is looked at, after those that were refused.
    pub fn may_try_token(&self, network: Option<IpAddr>) -> Result<(), Exhausted> {
        let rate = network.zip(self.refused_tokens.as_ref());
        let closed = rate.and_then(|(network, rate)| {
            let until = self.closed.get(&block(network))?;
            let wait: Duration = until.duration_since(self.clock.now()).into();
            (!wait.is_zero()).then(|| Err(rate.exhausted(wait)))
        });
        self.enforce(closed).map(|_| ())
    }

    /// Notes that a token from this address was refused.
    pub fn token_refused(&self, network: Option<IpAddr>) {
        self.sweep_now_and_then();
        if let Some((network, rate)) = network.zip(self.refused_tokens.as_ref())
            && let Err(until) = rate.try_take(&block(network), 1)
        {
            self.closed.insert(block(network), until);
        }
    }

    /// How often a caller asked for more than was left.
    pub fn exhausted(&self) -> u64 {
        self.exhausted.load(Ordering::Relaxed)
    }

    fn enforce(
        &self,
        taken: Option<Result<Allowance, Exhausted>>,
    ) -> Result<Option<Allowance>, Exhausted> {
        let exhausted = match taken {
            None => return Ok(None),
            Some(Ok(allowance)) => return Ok(Some(allowance)),
            Some(Err(exhausted)) => exhausted,
        };
        self.exhausted.fetch_add(1, Ordering::Relaxed);
        if self.enforced {
            return Err(exhausted);
        }
        tracing::info!(limit = exhausted.allowance.limit, "rate exceeded, and only measured");
        Ok(Some(exhausted.allowance))
    }

    fn sweep_now_and_then(&self) {
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.users.iter().for_each(Rate::sweep);
            self.addresses.iter().for_each(Rate::sweep);
            self.clinics.iter().for_each(Rate::sweep);
            self.refused_tokens.iter().for_each(Rate::sweep);
        }
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Rate<K, C> {
    fn new(limit: u32, clock: &C) -> Option<Self> {
        let limit = NonZeroU32::new(limit)?;
        let quota = Quota::per_minute(limit);
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Some(Self { limit, limiter, clock: clock.clone() })
    }

    /// Takes points, without those of them that were taken before.
    fn take(&self, key: &K, points: u32, taken: u32) -> Result<Allowance, Exhausted> {
        let limit = self.limit.get();
        if taken >= limit {
            return Ok(self.allowance(0));
        }
        self.try_take(key, points.min(limit).saturating_sub(taken)).map_err(|until| {
            let wait: Duration = until.duration_since(self.clock.now()).into();
            self.exhausted(wait + Duration::from_secs(60) * taken / limit)
        })
    }

    /// Takes all of the points or none; the error is when they will be there.
    fn try_take(&self, key: &K, points: u32) -> Result<Allowance, C::Instant> {
        let points = NonZeroU32::new(points).unwrap_or(NonZeroU32::MIN).min(self.limit);
        match self.limiter.check_key_n(key, points) {
            Ok(Ok(state)) => Ok(self.allowance(state.remaining_burst_capacity())),
            Ok(Err(not_until)) => Err(not_until.earliest_possible()),
            // No more than the limit is ever asked for.
            Err(_) => Err(self.clock.now()),
        }
    }

    fn allowance(&self, remaining: u32) -> Allowance {
        let limit = self.limit.get();
        let missing = u64::from(limit.saturating_sub(remaining));
        Allowance { limit, remaining, reset: (missing * 60).div_ceil(u64::from(limit)) }
    }

    fn exhausted(&self, wait: Duration) -> Exhausted {
        let retry_after = wait.as_millis().div_ceil(1_000).max(1);
        Exhausted {
            allowance: self.allowance(0),
            retry_after: u64::try_from(retry_after).unwrap_or(u64::MAX),
        }
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use auth::{Member, Person, Role};
    use governor::clock::FakeRelativeClock;
    use uuid::Uuid;

    use super::*;

    const LIMITS: RateLimits = RateLimits {
        per_user: 60,
        per_address: 30,
        per_clinic: 100,
        refused_tokens: 6,
        enforced: true,
    };

    fn person(user: u128) -> Person {
        Person {
            user: UserId(Uuid::from_u128(user)),
            subject: "subject".into(),
            display_name: "Ana".into(),
            memberships: Vec::new(),
        }
    }

    fn member(user: u128, clinic: u128) -> Actor {
        let tenant = TenantId(Uuid::from_u128(clinic));
        Actor::Member(Member { person: person(user), tenant, role: Role::Staff })
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_user_has_a_minute_of_points_and_gets_one_back_each_second() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::by_clock(&LIMITS, &clock);
        let ana = Actor::Person(person(1));
        let full = Allowance { limit: 60, remaining: 20, reset: 40 };
        assert_eq!(rates.take(&ana, None, 40), Ok(Some(full)));
        let exhausted = rates.take(&ana, None, 30).unwrap_err();
        assert_eq!(exhausted.retry_after, 10);
        assert_eq!(exhausted.allowance, Allowance { limit: 60, remaining: 0, reset: 60 });
        // What was refused took nothing.
        assert_eq!(rates.take(&ana, None, 20).unwrap().unwrap().remaining, 0);
        assert_eq!(rates.take(&ana, None, 0).unwrap_err().retry_after, 1);
        assert!(rates.take(&Actor::Person(person(2)), None, 60).is_ok());
        clock.advance(Duration::from_secs(10));
        assert_eq!(rates.take(&ana, None, 10).unwrap().unwrap().remaining, 0);
        assert_eq!(rates.exhausted(), 2);
    }

    #[test]
    fn an_operation_dearer_than_a_minute_takes_the_whole_minute() {
        let rates = Rates::by_clock(&LIMITS, &FakeRelativeClock::default());
        let ana = Actor::Person(person(1));
        assert_eq!(rates.take(&ana, None, usize::MAX).unwrap().unwrap().remaining, 0);
        assert_eq!(rates.take(&ana, None, 1).unwrap_err().retry_after, 1);
    }

    #[test]
    fn an_operation_as_dear_as_the_rate_is_admitted_after_the_wait_that_it_is_told() {
        let small = RateLimits { per_clinic: 40, ..LIMITS };
        let least = RateLimits { per_user: 1, ..LIMITS };
        let ana = member(1, 1);
        for limits in [LIMITS, small, least] {
            for cost in [2, 39, 40, 41, 59, 60, 61, 100, 101, usize::MAX] {
                let clock = FakeRelativeClock::default();
                let rates = Rates::by_clock(&limits, &clock);
                // As operations are admitted: a point first, and the rest when the cost is known.
                let ask = || {
                    rates.take(&ana, None, 1)?;
                    rates.take_rest(&ana, None, cost, 1)
                };
                assert!(ask().is_ok(), "{cost} of {limits:?}");
                // Each wait may be for the point alone or for the rest, the user's or the clinic's.
                let waits = (0..10).take_while(|_| {
                    let refused = ask().err();
                    let wait = refused.map_or(0, |exhausted| exhausted.retry_after);
                    clock.advance(Duration::from_secs(wait));
                    refused.is_some()
                });
                assert!(waits.count() <= 6, "{cost} of {limits:?}");
            }
        }
    }

    #[test]
    fn a_clinics_members_share_its_points_and_not_those_of_another() {
        let rates = Rates::by_clock(&LIMITS, &FakeRelativeClock::default());
        assert!(rates.take(&member(1, 1), None, 60).is_ok());
        // What is told is the user's own.
        assert_eq!(rates.take(&member(2, 1), None, 40).unwrap().unwrap().remaining, 20);
        assert_eq!(rates.take(&member(3, 1), None, 1).unwrap_err().allowance.limit, 100);
        assert!(rates.take(&member(4, 2), None, 60).is_ok());
    }

    #[test]
    fn who_is_not_signed_in_is_counted_by_network() {
        let rates = Rates::by_clock(&LIMITS, &FakeRelativeClock::default());
        let take = |network| rates.take(&Actor::Anonymous, address(network), 30).is_ok();
        let cases = [
            ("203.0.113.7", true),
            ("203.0.113.7", false),
            ("::ffff:203.0.113.7", false),
            ("203.0.113.8", true),
            ("2001:db8:1:2::1", true),
            ("2001:db8:1:2:ffff::9", false),
            ("2001:db8:1:3::1", true),
        ];
        for (network, expected) in cases {
            assert_eq!(take(network), expected, "{network}");
        }
        // Signed in, the network does not count.
        assert!(rates.take(&Actor::Person(person(1)), address("203.0.113.7"), 1).is_ok());
    }

    #[test]
    fn an_address_that_sends_bad_tokens_is_not_listened_to_for_a_while() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::by_clock(&LIMITS, &clock);
        let (bad, good) = (address("203.0.113.7"), address("203.0.113.8"));
        for _ in 0..6 {
            assert!(rates.may_try_token(bad).is_ok());
            rates.token_refused(bad);
        }
        assert!(rates.may_try_token(bad).is_ok());
        rates.token_refused(bad);
        assert_eq!(rates.may_try_token(bad).unwrap_err().retry_after, 10);
        assert!(rates.may_try_token(good).is_ok());
        clock.advance(Duration::from_secs(10));
        assert!(rates.may_try_token(bad).is_ok());
    }

    #[test]
    fn measured_rates_refuse_nobody_and_rates_of_zero_count_nothing() {
        let clock = FakeRelativeClock::default();
        let measured = Rates::by_clock(&RateLimits { enforced: false, ..LIMITS }, &clock);
        let ana = member(1, 1);
        for _ in 0..3 {
            assert!(measured.take(&ana, None, 60).is_ok());
        }
        // The user twice, and the clinic twice.
        assert_eq!(measured.exhausted(), 4);

        let none = RateLimits {
            per_user: 0,
            per_address: 0,
            per_clinic: 0,
            refused_tokens: 0,
            enforced: true,
        };
        let none = Rates::by_clock(&none, &clock);
        for _ in 0..3 {
            assert_eq!(none.take(&ana, None, usize::MAX), Ok(None));
            assert_eq!(none.take(&Actor::Anonymous, address("203.0.113.7"), 1), Ok(None));
            none.token_refused(address("203.0.113.7"));
            assert!(none.may_try_token(address("203.0.113.7")).is_ok());
        }
    }

    #[test]
    fn addresses_that_are_as_good_as_new_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::by_clock(&LIMITS, &clock);
        let passers_by = u32::try_from(3 * SWEEP).unwrap();
        for number in 0..passers_by {
            let network = Some(IpAddr::from(number.to_be_bytes()));
            rates.take(&Actor::Anonymous, network, 1).unwrap();
            clock.advance(Duration::from_secs(1));
        }
        let known = rates.addresses.unwrap().limiter.len();
        assert!(known <= 20, "{known}");
    }
}
