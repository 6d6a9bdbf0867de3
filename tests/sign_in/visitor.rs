//! A browser without scripts: follows redirects, keeps cookies for each origin, fills forms.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use serde_json::Value;
use url::Url;

/// Somebody with a browser.
pub struct Visitor {
    http: reqwest::Client,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// Where they are.
    pub at: Url,
    /// Every address they were led to.
    pub way: Vec<Url>,
    pub status: u16,
    pub page: String,
    /// Headers that a proxy in front would add.
    pub more: Vec<(&'static str, String)>,
}

impl Visitor {
    pub fn new() -> Self {
        let http = amphi::outgoing::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("client");
        Self {
            http,
            cookies: BTreeMap::new(),
            at: Url::parse("about:blank").expect("an address"),
            way: vec![],
            status: 0,
            page: String::new(),
            more: vec![],
        }
    }

    pub fn cookie(&self, origin: &str, name: &str) -> Option<&String> {
        self.cookies.get(origin)?.get(name)
    }

    async fn once(&mut self, method: Method, url: Url, form: Option<&[(String, String)]>) -> Option<Url> {
        let origin = url.origin().ascii_serialization();
        let mut request = self.http.request(method, url.clone());
        if let Some(kept) = self.cookies.get(&origin) {
            let pairs: Vec<String> = kept.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        for (name, value) in &self.more {
            request = request.header(*name, value);
        }
        request = request.header("accept", "text/html").header("accept-language", "en");
        if let Some(form) = form {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish();
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .header(ORIGIN, &origin)
                .body(body);
        }
        let answer = request.send().await.unwrap_or_else(|e| panic!("{url}: {e:?}"));
        for set in answer.headers().get_all(SET_COOKIE) {
            let set = set.to_str().expect("a cookie");
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            let kept = self.cookies.entry(origin.clone()).or_default();
            let over = attributes.to_ascii_lowercase().contains("max-age=0") || attributes.contains("1970");
            if value.is_empty() || over {
                kept.remove(name.trim());
            } else {
                kept.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        self.status = answer.status().as_u16();
        self.at = url.clone();
        self.way.push(url.clone());
        let next = answer
            .headers()
            .get(LOCATION)
            .map(|l| url.join(l.to_str().expect("an address")).expect("an address"));
        self.page = answer.text().await.expect("a page");
        next.filter(|_| (300..400).contains(&self.status))
    }

    async fn follow(&mut self, mut next: Option<Url>) {
        for _ in 0..20 {
            match next {
                Some(url) => next = self.once(Method::GET, url, None).await,
                None => return,
            }
        }
        panic!("round and round: {:?}", self.way);
    }

    /// Goes to an address, wherever it leads.
    pub async fn visit(&mut self, url: &str) -> &mut Self {
        self.way.clear();
        let url = Url::parse(url).expect("an address");
        self.follow(Some(url)).await;
        self
    }

    /// Goes to an address and stops before where it leads.
    pub async fn knock(&mut self, url: &str) -> Option<Url> {
        self.way.clear();
        self.once(Method::GET, Url::parse(url).expect("an address"), None).await
    }

    /// Sends a form of one's own, as a page of ours does.
    pub async fn send(&mut self, url: &str, form: &[(String, String)]) -> &mut Self {
        let url = Url::parse(url).expect("an address");
        let next = self.once(Method::POST, url, Some(form)).await;
        self.follow(next).await;
        self
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    }

    /// Fills the page's first form and sends it.
    pub async fn fill(&mut self, fields: &[(&str, &str)]) -> &mut Self {
        let (_, form) = self
            .page
            .split_once("<form")
            .unwrap_or_else(|| panic!("no form at {} ({}): {}", self.at, self.status, self.page));
        let (form, _) = form.split_once("</form>").expect("a form's end");
        let tag = form.split_once('>').expect("a tag's end").0;
        let action = Self::attribute(tag, "action").unwrap_or("").replace("&amp;", "&");
        let to = if action.is_empty() {
            self.at.clone()
        } else {
            self.at.join(&action).expect("an address")
        };
        let mut sent: Vec<(String, String)> = vec![];
        for input in form.split("<input").skip(1) {
            let input = input.split_once('>').expect("a tag's end").0;
            let Some(name) = Self::attribute(input, "name") else {
                continue;
            };
            if input.contains("type=\"checkbox\"") || fields.iter().any(|(n, _)| *n == name) {
                continue;
            }
            let value = Self::attribute(input, "value").unwrap_or("").replace("&amp;", "&");
            sent.push((name.to_owned(), value));
        }
        sent.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let next = self.once(Method::POST, to, Some(&sent)).await;
        self.follow(next).await;
        self
    }

    /// Follows the link of the page whose address holds this.
    pub async fn link(&mut self, part: &str) -> &mut Self {
        let mut all = self.page.split("href=\"").skip(1).filter_map(|l| l.split_once('"'));
        let (href, _) = all
            .find(|(href, _)| href.contains(part))
            .unwrap_or_else(|| panic!("no link {part}: {}", self.page));
        let to = self.at.join(&href.replace("&amp;", "&")).expect("an address");
        self.visit(to.as_str()).await
    }

    /// Who the server takes them for.
    pub async fn me(&mut self, base: &str) -> Value {
        self.visit(&format!("{base}/api/v1/me")).await;
        serde_json::from_str(&self.page).unwrap_or_else(|e| panic!("{e}: {}", self.page))
    }
}
