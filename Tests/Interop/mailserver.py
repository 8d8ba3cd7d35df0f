"""A mail server of aiosmtpd, run by itself: `mailserver.py PORT KIND CERT KEY OUT`. What arrives is written to OUT, one JSON object a line.

KIND: starttls (offered, and needed for logging in), plain (no TLS at all), implicit (TLS from the first byte on), cram (CRAM-MD5 alone).
Users are `ada` with `pa ss+wörd`; mails to never@… are refused for good, to later@… for now, and to slow@… nobody answers.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, MISSING

PORT, KIND, CERT, KEY, OUT = sys.argv[1:]
USER, PASSWORD = "ada", "pa ss+wörd"


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "451 4.7.1 greylisted"
        if address.startswith("slow@"):
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with open(OUT, "a") as out:
            out.write(json.dumps({
                "from": envelope.mail_from, "to": envelope.rcpt_tos, "content": base64.b64encode(envelope.original_content).decode(),
                "tls": session.ssl is not None or KIND == "implicit", "user": session.auth_data if session.authenticated else None,
                "hello": session.host_name}) + "\n")
        return "250 2.0.0 taken"

    async def auth_CRAM__MD5(self, server, args):
        challenge = b"<1896.697170952@mail.example>"
        answer = await server.challenge_auth(challenge)
        if answer is MISSING:
            return AuthResult(success=False)
        user, digest = answer.decode().rsplit(" ", 1)
        good = hmac.new(PASSWORD.encode(), challenge, hashlib.md5).hexdigest() == digest and user == USER
        return AuthResult(success=good, auth_data=user)


def authenticate(server, session, envelope, mechanism, data):
    good = data.login.decode() == USER and data.password.decode() == PASSWORD
    return AuthResult(success=good, auth_data=f"{mechanism} {USER}", handled=False)


def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERT, KEY)
    options = {"starttls": dict(tls_context=context, auth_required=True), "plain": {}, "implicit": dict(auth_require_tls=False),
               "cram": dict(auth_require_tls=False, auth_exclude_mechanism=["PLAIN", "LOGIN"])}[KIND]
    if KIND != "plain":
        options["authenticator"] = authenticate
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(loop.create_server(
        lambda: SMTP(Handler(), loop=loop, **options), "127.0.0.1", int(PORT), ssl=context if KIND == "implicit" else None))
    print("ready", flush=True)
    loop.run_until_complete(server.serve_forever())


main()
