//! Network addresses: whose a request is when proxies pass it on, and what counts as one caller's.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};

use crate::config::Texts;

/// The proxies whose `X-Forwarded-For` is believed: addresses, and networks such as `10.0.0.0/8`.
/// Read from a list, or from one text with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Where each proxy writes down whom it was called by, to the right of what it was sent.
const FORWARDED: &str = "x-forwarded-for";

impl TrustedProxies {
    /// A list of addresses and networks; `None` when one of them is none.
    pub fn parse<'p>(proxies: impl IntoIterator<Item = &'p str>) -> Option<Self> {
        let proxies = proxies.into_iter().map(str::trim).filter(|proxy| !proxy.is_empty());
        proxies.map(network).collect::<Option<_>>().map(Self)
    }

    /// Whether this is one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from: its peer or, where that is a proxy, the caller that it names.
    pub fn caller(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(self.caller_behind(peer.ip(), headers))
    }

    /// Goes from proxy to proxy, from the right: what stands to the left of the first address that is
    /// none of them may be made up. Behind what cannot be read nothing is believed either.
    fn caller_behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(FORWARDED).iter().rev();
        let mut hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        let mut caller = peer.to_canonical();
        while self.contain(caller) {
            match hops.next().and_then(hop) {
                Some(before) => caller = before.to_canonical(),
                None => break,
            }
        }
        caller
    }
}

/// What counts as one address: of IPv6 a whole /64, which is what one caller is given.
pub fn block(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

fn network(text: &str) -> Option<IpNet> {
    let address = text.parse::<IpAddr>().ok();
    address.map(|address| address.to_canonical().into()).or_else(|| text.parse().ok())
}

/// One entry of the header. Some proxies write the port, too.
fn hop(bytes: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let address = text.parse::<IpAddr>().ok();
    address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a list of addresses or networks such as 10.0.0.0/8";
        let wrong = || D::Error::invalid_value(Unexpected::Other("this"), &expected);
        let texts = Texts::deserialize(deserializer).map_err(|_| wrong())?;
        Self::parse(texts.iter()).ok_or_else(wrong)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_caller_is_the_first_from_the_right_whom_no_trusted_proxy_is() {
        let proxies = ["10.0.0.0/8", "2001:db8:f::/48", "192.0.2.1"];
        let proxies = TrustedProxies::parse(proxies).unwrap();
        let cases: &[(&str, &[&[u8]], &str)] = &[
            // Who is no proxy says of itself what it likes.
            ("203.0.113.7", &[], "203.0.113.7"),
            ("203.0.113.7", &[b"198.51.100.9"], "203.0.113.7"),
            ("192.0.2.2", &[b"198.51.100.9"], "192.0.2.2"),
            // One proxy, and several.
            ("10.0.0.1", &[b"198.51.100.9"], "198.51.100.9"),
            ("192.0.2.1", &[b"198.51.100.9"], "198.51.100.9"),
            ("::ffff:10.0.0.1", &[b"198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &[b"198.51.100.9, 10.9.9.9 ,192.0.2.1"], "198.51.100.9"),
            ("10.0.0.1", &[b"2001:db8::7, 2001:db8:f::1"], "2001:db8::7"),
            // What the caller made up stands to the left.
            ("10.0.0.1", &[b"1.2.3.4, 198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &[b"10.0.0.2, 198.51.100.9, 10.0.0.3"], "198.51.100.9"),
            ("10.0.0.1", &[b"1.2.3.4", b"198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &[b"198.51.100.9", b"10.0.0.2"], "198.51.100.9"),
            ("10.0.0.1", &[b"\xff, nonsense,, 198.51.100.9"], "198.51.100.9"),
            // With a port.
            ("10.0.0.1", &[b"198.51.100.9:4711"], "198.51.100.9"),
            ("10.0.0.1", &[b"[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", &[b"::ffff:198.51.100.9"], "198.51.100.9"),
            // A proxy that says nothing that can be read is the last that is known.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[b""], "10.0.0.1"),
            ("10.0.0.1", &[b"unknown"], "10.0.0.1"),
            ("10.0.0.1", &[b"198.51.100.9, \xff"], "10.0.0.1"),
            ("10.0.0.1", &[b"198.51.100.9, nonsense, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[b"198.51.100.9, , 10.0.0.2"], "10.0.0.2"),
            // A caller within the trusted network.
            ("10.0.0.1", &[b"10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        ];
        for (peer, lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in *lines {
                headers.append(FORWARDED, HeaderValue::from_bytes(line).unwrap());
            }
            let caller = proxies.caller_behind(peer.parse().unwrap(), &headers);
            assert_eq!(caller, expected.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
        }
    }

    #[test]
    fn nobody_is_trusted_unless_it_is_said() {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED, HeaderValue::from_static("198.51.100.9"));
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(TrustedProxies::default().caller_behind(peer, &headers), peer);
    }

    #[test]
    fn proxies_are_read_from_a_list_or_a_text_and_what_is_none_is_refused() {
        let read = |json: &str| serde_json::from_str::<TrustedProxies>(json).ok();
        let both = TrustedProxies::parse(["10.0.0.0/8", "::1"]);
        assert!(both.is_some());
        assert_eq!(read(r#""10.0.0.0/8, ::1""#), both);
        assert_eq!(read(r#"["10.0.0.0/8", "::1"]"#), both);
        assert_eq!(read(r#""""#), Some(TrustedProxies::default()));
        for wrong in [r#""10.0.0.0/33""#, r#""proxy.example""#, r#"["10.0.0.1:80"]"#, "8", r#""*""#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
