// The same menu on Node's `ws`, as little as can be: another floor, in another language.
// Usage: node bare_ws.js PORT SCRIPT, where `ws` can be found (NODE_PATH).
const { WebSocketServer } = require("ws");
const script = JSON.parse(require("fs").readFileSync(process.argv[3], "utf8"));
const MEDIA = Buffer.from('{"event": "media"');
const CHECKPOINT = '{"event":"checkpoint","streamId":"S","name":"played"}';
const CLEAR = '{"event":"clearAudio","streamId":"S"}';

new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false }).on("connection", (socket) => {
  let timer, began, sent;
  const goOn = () => {
    for (; sent < script.messages.length; sent++) {
      const early = began + (sent + 1) * script.chunkMs - performance.now();
      if (early > 0) return void (timer = setTimeout(goOn, early));
      socket.send(script.messages[sent]);
    }
    socket.send(CHECKPOINT);
  };
  const play = () => {
    clearTimeout(timer);
    began = performance.now() - script.leadMs;
    sent = 0;
    goOn();
  };
  socket.on("message", (message) => {
    if (message.subarray(0, MEDIA.length).equals(MEDIA)) return;
    const { event } = JSON.parse(message);
    if (event === "dtmf") socket.send(CLEAR);
    if (event === "dtmf" || event === "start") play();
    if (event === "playedStream") timer = setTimeout(play, script.silenceMs);
  });
  socket.on("close", () => clearTimeout(timer));
});
