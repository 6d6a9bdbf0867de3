// A room of `ws`: what a socket says goes to all.
const { WebSocketServer, WebSocket } = require("ws");

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  path: "/room",
  perMessageDeflate: false,
  backlog: 4096,
});

server.on("connection", (socket) => {
  socket.on("message", (line) => {
    for (const other of server.clients) {
      if (other.readyState === WebSocket.OPEN) other.send(line, { binary: false });
    }
  });
  socket.on("error", () => {});
});
