//! Media types: what a body is sent in, and what its answer may be written in.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// How the answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`: what the document is refused for is told with status 200.
    Json,
    /// `application/graphql-response+json`: the status says whether anything was executed.
    GraphqlResponse,
    /// `text/event-stream`: a stream of answers.
    EventStream,
}

/// In the order that is preferred when the caller has no preference.
const OFFERED: [MediaType; 3] =
    [MediaType::Json, MediaType::GraphqlResponse, MediaType::EventStream];

impl MediaType {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::EventStream => "text/event-stream",
        }
    }

    /// Its name as a `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::EventStream => "text/event-stream",
        }
    }

    /// The media type that the caller accepts most: by quality, then as it is named most closely,
    /// then as it is named first. `None`: the caller accepts none of them.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(ACCEPT).iter().peekable();
        if lines.peek().is_none() {
            return Some(Self::Json);
        }
        // What cannot be read as text names nothing that is offered.
        let lines = lines.map(|line| line.to_str().unwrap_or_default());
        let accepted: Vec<_> = lines.flat_map(|line| line.split(',')).map(Range::parse).collect();
        let accepted: Vec<_> = accepted.into_iter().flatten().collect();
        let ranked = OFFERED.into_iter().filter_map(|offered| {
            let (place, range) = closest(&accepted, offered)?;
            (range.quality > 0).then(|| {
                let rank = (range.quality, range.closeness(), std::cmp::Reverse(place));
                (rank, offered)
            })
        });
        // Of equals the first offered: `max_by_key` would take the last.
        ranked.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|best| best.1)
    }
}

/// The range that speaks of a media type most closely, with its place in the header.
fn closest<'h>(accepted: &[Range<'h>], offered: MediaType) -> Option<(usize, Range<'h>)> {
    let fitting = accepted.iter().copied().enumerate().filter(|(_, range)| range.takes(offered));
    fitting.reduce(|best, next| if next.1.closeness() > best.1.closeness() { next } else { best })
}

/// One of the ranges of an `Accept` header, such as `application/*;q=0.5`.
#[derive(Clone, Copy)]
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    /// In thousandths.
    quality: u16,
}

impl<'h> Range<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1000;
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if name.trim().eq_ignore_ascii_case("q") {
                quality = thousandths(value.trim())?;
            } else if name.trim().eq_ignore_ascii_case("charset") && !is_utf_8(value) {
                return None;
            }
        }
        Some(Self { kind: kind.trim(), subtype: subtype.trim(), quality })
    }

    /// How closely it names what it accepts.
    fn closeness(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }

    fn takes(&self, offered: MediaType) -> bool {
        let (kind, subtype) = offered.name().split_once('/').unwrap_or_default();
        let named =
            self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype);
        // A stream is only for who asks for one by its name.
        let included = offered != MediaType::EventStream
            && self.subtype == "*"
            && (self.kind == "*" || self.kind.eq_ignore_ascii_case(kind));
        named || included
    }
}

fn thousandths(quality: &str) -> Option<u16> {
    let quality: f32 = quality.parse().ok()?;
    // A number in this range has no sign to lose.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (0.0..=1.0).contains(&quality).then(|| (quality * 1000.0).round() as u16)
}

fn is_utf_8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Whether a body is JSON. A browser sends that to another origin after asking first, never from a
/// plain form.
pub fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(content_type) = content_type else {
        return false;
    };
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => is_utf_8(value),
        _ => true,
    })
}
