// Calls of the API: `{ body }`, or `{ refused }` with a problem's `code` and `title` in the page's language.
// `version`: only if nobody changed it since.
export async function call(path, method, fields, words = {}, version) {
  const headers = { accept: "application/json", "accept-language": document.documentElement.lang };
  if (version) headers["if-match"] = `"${version}"`;
  if (fields) headers["content-type"] = "application/json";
  try {
    const answer = await fetch(path, { method, headers, body: fields && JSON.stringify(fields) });
    const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (answer.status === 401 && body.code === "signed_out") location.reload();
    if (answer.ok) return { body };
    return { refused: { ...body, title: body.title ?? words.failed ?? String(answer.status) } };
  } catch (error) {
    return { refused: { title: words.offline ?? error.message } };
  }
}
