//! Statuses: what a record of several listings, or a group of syncs, stands at.

use entity::types::SyncStatus;

/// Whether a sync that stands at `status` was pushed to its end, whatever came of it: neither pending nor skipped.
#[must_use]
pub fn has_run(status: SyncStatus) -> bool {
    !matches!(status, SyncStatus::Pending | SyncStatus::Skipped)
}

/// How many syncs of a group stand at each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting or in flight.
    pub pending: i32,
    /// Succeeded.
    pub success: i32,
    /// Failed in part.
    pub partially_failed: i32,
    /// Failed.
    pub failed: i32,
    /// Superseded.
    pub skipped: i32,
}

impl Counts {
    /// Counts one more at `status`.
    pub fn add(&mut self, status: SyncStatus) {
        *self.slot(status) += 1;
    }

    /// Moves one from PENDING to `status`.
    pub fn finish(&mut self, status: SyncStatus) {
        self.pending -= 1;
        self.add(status);
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> i32 {
        self.pending + self.success + self.partially_failed + self.failed + self.skipped
    }

    /// What the group stands at: PENDING while one is pending; SKIPPED when every one was skipped, or there is none;
    /// otherwise what those that ran agree on, and PARTIALLY_FAILED when they do not agree.
    #[must_use]
    pub fn aggregate(&self) -> SyncStatus {
        let ran = self.success + self.partially_failed + self.failed;
        if self.pending > 0 {
            SyncStatus::Pending
        } else if ran == 0 {
            SyncStatus::Skipped
        } else if self.success == ran {
            SyncStatus::Success
        } else if self.failed == ran {
            SyncStatus::Failed
        } else {
            SyncStatus::PartiallyFailed
        }
    }

    fn slot(&mut self, status: SyncStatus) -> &mut i32 {
        match status {
            SyncStatus::Pending => &mut self.pending,
            SyncStatus::Success => &mut self.success,
            SyncStatus::PartiallyFailed => &mut self.partially_failed,
            SyncStatus::Failed => &mut self.failed,
            SyncStatus::Skipped => &mut self.skipped,
        }
    }
}

/// What a record ends at when `applied` of its listings took the quantity and `refused` did not, none being left to
/// try again.
#[must_use]
pub fn of_listings(applied: usize, refused: usize) -> SyncStatus {
    match (applied, refused) {
        (_, 0) => SyncStatus::Success,
        (0, _) => SyncStatus::Failed,
        _ => SyncStatus::PartiallyFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(statuses: &[SyncStatus]) -> SyncStatus {
        let mut counts = Counts::default();
        statuses.iter().for_each(|status| counts.add(*status));
        counts.aggregate()
    }

    #[test]
    fn a_group_stands_where_those_that_ran_agree() {
        use SyncStatus::{Failed, PartiallyFailed, Pending, Skipped, Success};
        assert_eq!(group(&[Success, Pending, Failed]), Pending);
        assert_eq!(group(&[Success, Skipped]), Success);
        assert_eq!(group(&[Failed, Skipped]), Failed);
        assert_eq!(group(&[Failed, Success]), PartiallyFailed);
        assert_eq!(group(&[PartiallyFailed]), PartiallyFailed);
        assert_eq!(group(&[Skipped, Skipped]), Skipped);
    }

    #[test]
    fn a_record_stands_where_its_listings_agree() {
        assert_eq!(of_listings(2, 0), SyncStatus::Success);
        assert_eq!(of_listings(0, 2), SyncStatus::Failed);
        assert_eq!(of_listings(1, 1), SyncStatus::PartiallyFailed);
    }
}
