//! Numbers that are read when the metrics are asked for.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// A number that somebody else keeps.
pub(super) struct Reading {
    pub name: &'static str,
    pub help: &'static str,
    /// It only ever grows.
    pub counts: bool,
    pub read: Box<dyn Fn() -> f64 + Send + Sync>,
}

impl Collector for Reading {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        if self.counts {
            let counter = ConstCounter::new((self.read)());
            counter.encode(encoder.encode_descriptor(
                self.name,
                self.help,
                None,
                MetricType::Counter,
            )?)
        } else {
            let gauge = ConstGauge::new((self.read)());
            gauge.encode(encoder.encode_descriptor(
                self.name,
                self.help,
                None,
                MetricType::Gauge,
            )?)
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
