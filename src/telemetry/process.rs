//! What the process takes of its machine. Read from Linux's `/proc`; elsewhere there is nothing to read.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};

use super::Telemetry;

/// Makes the process's figures part of the metrics.
pub(super) fn watch(telemetry: &Telemetry) {
    if resident_bytes().is_none() {
        return;
    }
    telemetry.gauge("process_resident_memory_bytes", "Memory that the process has", || {
        resident_bytes().unwrap_or_default()
    });
    telemetry.counter("process_cpu_seconds", "CPU time that the process has used", || {
        cpu_seconds().unwrap_or_default()
    });
    telemetry.gauge("process_open_files", "Files and sockets that the process has open", || {
        open_files().unwrap_or_default()
    });
}

#[allow(clippy::cast_precision_loss, reason = "a page more or less does not matter")]
fn resident_bytes() -> Option<f64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let resident: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some((resident * page_size() as u64) as f64)
}

#[allow(clippy::cast_precision_loss, reason = "a tick more or less does not matter")]
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold spaces. User and system time are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = fields.split(' ').collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / clock_ticks_per_second() as f64)
}

#[allow(clippy::cast_precision_loss, reason = "there are not that many")]
fn open_files() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as f64)
}
