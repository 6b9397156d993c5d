//! Who books in somebody's day waits for whoever books in it already.

use sea_orm::prelude::DateTimeUtc;
use uuid::Uuid;

use crate::scope::{Fault, TenantTx};

const SECONDS_OF_A_DAY: i64 = 86_400;

impl TenantTx {
    /// Takes the days between two instants of each of these providers, patients and rooms, until the
    /// transaction ends. In one order for everybody, so that nobody waits in a ring: left to the
    /// constraints alone, two who book at once may meet as a deadlock, which PostgreSQL looks for only
    /// after a second.
    ///
    /// Days are UTC's: any cut will do, as long as it is the same for all.
    pub async fn take_days(
        &self,
        of: impl IntoIterator<Item = Uuid>,
        from: DateTimeUtc,
        to: DateTimeUtc,
    ) -> Result<(), Fault> {
        let day = |time: DateTimeUtc| time.timestamp().div_euclid(SECONDS_OF_A_DAY);
        let of: Vec<Uuid> = of.into_iter().collect();
        let days: Vec<i64> = (day(from)..=day(to)).collect();
        self.run(
            "SELECT pg_advisory_xact_lock(taken.key) FROM ( \
                 SELECT DISTINCT hashtextextended(concat($1::uuid, whose.id, day.number), 0) AS key \
                 FROM unnest($2::uuid[]) AS whose (id), unnest($3::bigint[]) AS day (number) ORDER BY key \
             ) AS taken",
            vec![of.into(), days.into()],
        )
        .await
    }
}
