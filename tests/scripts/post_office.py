"""A mail server for tests (PyPI's aiosmtpd): what it takes it writes as lines of JSON into a file, read by Python's own mail parser.

Addresses say what becomes of a mail: `refused@…` is nobody here, `silent@…` is taken and never answered, `later@…` is taken the third time
it is offered and `never@…` at no time, both with a 4xx answer before.
With a certificate and its key it speaks in the clear only to say that it can do better, and takes mails from `amphi`, whose password is `let me in`.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def told(envelope):
    message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "parts": [
            {"type": part.get_content_type(), "parameters": dict(part["content-type"].params), "text": part.get_content()}
            for part in parts
        ],
    }


class Counter:
    def __init__(self, file):
        self.file = open(file, "a", encoding="utf-8")
        self.offered = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return f"550 5.1.1 <{address}>: nobody of that name"
        if address.startswith(("later@", "never@")):
            self.offered[address] = self.offered.get(address, 0) + 1
            if address.startswith("never@") or self.offered[address] < 3:
                return f"451 4.7.1 <{address}>: come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 yes"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps(told(envelope)), file=self.file, flush=True)
        if any(to.startswith("silent@") for to in envelope.rcpt_tos):
            await asyncio.Event().wait()
        return "250 2.0.0 taken"


def known(server, session, envelope, mechanism, given):
    # Not handled: the server itself says what becomes of it.
    return AuthResult(success=given == LoginPassword(b"amphi", b"let me in"), handled=False)


async def main(file, certificate=None, key=None):
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
    counter = Counter(file)
    strict = {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": known} if tls else {}
    one = lambda: SMTP(counter, hostname="localhost", enable_SMTPUTF8=True, **strict)
    server = await asyncio.get_running_loop().create_server(one, "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
