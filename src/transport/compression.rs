//! Compression of answers.

use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, NotForContentType, Predicate, SizeAbove};

/// What is smaller fits into one packet anyway.
const SMALLEST: u16 = 1024;

type Worthwhile = And<And<And<SizeAbove, NotForContentType>, NotForContentType>, NotForContentType>;

/// Compresses answers as the caller accepts. Not event streams, which must not wait for more, nor
/// what is compressed already. The lightest level: most of the gain for a fraction of the work.
pub fn layer() -> CompressionLayer<Worthwhile> {
    let worthwhile = SizeAbove::new(SMALLEST)
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("font/woff2"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}
