// Close codes of docs/protocol.md, for whoever is told the same by an answer of the API.
export const SIGNED_OUT = 4500;
const NOT_YOURS = 4501;
const SIGN_IN = 4503;
const PASSWORD = 4504;

// Why a page that showed a live may do so no longer; null: it may, or nobody can say.
export async function refused(answer, signedIn) {
  if (answer.status === 401) return signedIn ? SIGNED_OUT : SIGN_IN;
  if (answer.status === 404) return NOT_YOURS;
  if (answer.status !== 403) return null;
  const { code } = await answer.json().catch(() => ({}));
  return code === "live_password" ? PASSWORD : NOT_YOURS;
}
