"""A room of uWebSockets: what a socket says is published to all."""

import sys

from socketify import App, AppListenOptions, CompressOptions

app = App()


def opened(ws):
    ws.subscribe("room")


def said(ws, message, opcode):
    app.publish("room", message, opcode)


app.ws(
    "/room",
    {
        "compression": CompressOptions.DISABLED,
        "max_payload_length": 16 * 1024,
        # A slow reader's messages are thrown away beyond this: more than is ever under way here.
        "max_backpressure": 16 * 1024 * 1024,
        "idle_timeout": 900,
        "open": opened,
        "message": said,
    },
)
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"))
app.run()
