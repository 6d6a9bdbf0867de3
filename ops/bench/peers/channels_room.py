"""A room of Django Channels with the layer in memory: a consumer as its tutorial has it."""

import os

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    SECRET_KEY="nothing is secret here",
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "false")

import django  # noqa: E402

django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class Room(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("room", self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send("room", {"type": "room.line", "line": text_data})

    async def room_line(self, event):
        await self.send(text_data=event["line"])


application = ProtocolTypeRouter({"websocket": URLRouter([path("room", Room.as_asgi())])})
