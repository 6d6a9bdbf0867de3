//! Addresses that administrators set (surface §3): private and loopback are fine, link-local and a cloud's own services never (they answer
//! with credentials). A name that leads there is refused when it is connected to, by the outgoing client.

use url::{Host, Url};

use super::problem::{Code, Problem};
use crate::addresses::never_called;

/// Checks an `http(s)` address.
///
/// # Errors
/// 422 `address` or `link_local_address`.
pub fn check_address(text: &str) -> Result<(), Problem> {
    let bad = || Problem::new(Code::BadAddress);
    let url = Url::parse(text).map_err(|_| bad())?;
    // Addresses stand in clear in the log: one with a password in it is refused, not kept.
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(bad());
    }
    check_host(url.host().ok_or_else(bad)?)
}

/// Checks the host of an RTMP address (its scheme is not one that the URL standard knows the hosts of).
///
/// # Errors
/// 422 `rtmp_url` or `link_local_address`.
pub fn check_rtmp_host(base: &str) -> Result<(), Problem> {
    let bad = || Problem::new(Code::BadRtmp);
    let rest = base.split_once("://").map(|(_, rest)| rest).ok_or_else(bad)?;
    let as_http = Url::parse(&format!("http://{rest}")).map_err(|_| bad())?;
    if !as_http.username().is_empty() || as_http.password().is_some() {
        return Err(bad());
    }
    check_host(as_http.host().ok_or_else(bad)?)
}

fn check_host(host: Host<&str>) -> Result<(), Problem> {
    let never = match host {
        Host::Ipv4(v4) => never_called(v4.into()),
        Host::Ipv6(v6) => never_called(v6.into()),
        Host::Domain(_) => false,
    };
    if never { Err(Code::LinkLocal.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_called_is_refused_in_every_spelling() {
        for bad in [
            "http://169.254.169.254/",
            "http://2852039166/",
            "http://[fe80::1]/x",
            "http://[::ffff:169.254.1.1]/",
            // These were kept, and no call was ever made to them.
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://100.100.100.200/latest",
            "http://[fd00:ec2::254]/",
            "http://0.0.0.0/",
        ] {
            assert_eq!(check_address(bad).unwrap_err().code, Code::LinkLocal, "{bad}");
        }
        for bad in ["ftp://h/", "http://", "nothing", "http://u:p@h/"] {
            assert_eq!(check_address(bad).unwrap_err().code, Code::BadAddress, "{bad}");
        }
        for good in ["http://127.0.0.1:8081/x", "https://10.0.0.1/", "http://gw.example/"] {
            assert!(check_address(good).is_ok(), "{good}");
        }
        assert_eq!(
            check_rtmp_host("rtmp://169.254.1.1/app").unwrap_err().code,
            Code::LinkLocal
        );
        assert!(check_rtmp_host("rtmp://127.0.0.1:1935/app").is_ok());
    }
}
