// A provider of OpenID Connect for the tests: node oidc_provider.mjs MODULES HOST PORT BACK PEOPLE
// Who signs in is who they say they are; what is told of them stands in the file PEOPLE. `POST /crooked` with a word makes the next
// tokens wrong in that way, signed with the provider's own key where the word says nothing else.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, host, port, back, people] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(path).href);
const { Provider } = await load(`${modules}/oidc-provider/lib/index.js`);
const jose = await load(createRequire(`${modules}/oidc-provider/lib/index.js`).resolve('jose'));

const pair = async () => {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'one' };
};
const own = await pair();
const other = await pair();
const secret = 'a secret of at least thirty-two characters';
const issuer = `http://${host}:${port}`;
let crooked = '';

const provider = new Provider(issuer, {
  jwks: { keys: [own] },
  clients: [{ client_id: 'amphi', client_secret: secret, redirect_uris: [back] }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'eduPersonAffiliation', 'groups'], email: ['email'] },
  cookies: { keys: ['only a test'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => {
    const told = JSON.parse(readFileSync(people, 'utf8'))[id] ?? {};
    return { accountId: id, claims: () => ({ sub: id, preferred_username: id, ...told }) };
  },
});

async function bent(token) {
  const claims = jose.decodeJwt(token);
  const header = { alg: 'RS256', kid: own.kid };
  let key = await jose.importJWK(own, 'RS256');
  if (crooked === 'issuer') claims.iss = 'https://elsewhere.example';
  if (crooked === 'audience') claims.aud = 'somebody-else';
  if (crooked === 'audiences') claims.aud = ['amphi', 'somebody-else'];
  if (crooked === 'nonce') claims.nonce = 'of another sign-in';
  if (crooked === 'expired') claims.exp = claims.iat - 3600;
  if (crooked === 'key') key = await jose.importJWK(other, 'RS256');
  if (crooked === 'none') return new jose.UnsecuredJWT(claims).encode();
  if (crooked === 'hs256') {
    header.alg = 'HS256';
    key = new TextEncoder().encode(secret);
  }
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(key);
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/crooked') {
    let body = '';
    for await (const part of ctx.req) body += part;
    crooked = body;
    ctx.body = 'so be it';
    return;
  }
  await next();
  if (crooked && ctx.oidc?.route === 'token' && ctx.body?.id_token) {
    ctx.body = { ...ctx.body, id_token: await bent(ctx.body.id_token) };
  }
});
provider.listen(Number(port), host, () => console.log('listening'));
