// Look through the phone's camera: each frame that the decoder has time for.

const LOST = 2000; // ms: a code out of sight for so long is a new one
const IDLE = 180_000; // ms without any code: the camera rests
const HANGS = 6000; // ms: longer than the most thorough look
const SIDE = 720; // px of the shorter side that is looked at

/** Ask the worker of decoder.js, one picture at a time; the service worker keeps its address. */
export class Decoder {
  #waiting = new Map();
  #number = 0;

  constructor() {
    this.ready = new Promise((resolve, reject) => {
      this.#waiting.set(0, resolve);
      this.worker = new Worker("/entree/decodeur.js", { type: "module" });
      this.worker.onerror = () => reject(new Error("decoder"));
    });
    this.ready.catch(() => {});
    this.worker.onmessage = ({ data }) => this.#answer(data);
  }

  #answer({ number, text }) {
    this.#waiting.get(number)?.(text);
    this.#waiting.delete(number);
  }

  /** Return the text of the code in a picture (ImageData), or null; a worker that hangs says null. */
  read(picture, thorough = false) {
    const number = ++this.#number;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      setTimeout(() => this.#answer({ number, text: null }), HANGS);
      const { width, height, data } = picture;
      this.worker.postMessage({ number, picture: { width, height, data }, thorough }, [data.buffer]);
    });
  }

  /** Return the text of the code in an image file, or null. */
  async readFile(file) {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, 2000 / Math.max(image.width, image.height));
    return this.read(pixels(image, image.width * scale, image.height * scale), true);
  }
}

/** Tell `seen` each new code, with when its frame came; `changed`, whether the camera is on. */
export class Camera {
  #stream = null;
  #turn = 0;
  #busy = false;
  #seen = new Map(); // each text in view, and when it was seen last
  #idle = 0;

  constructor(video, decoder, { seen, changed }) {
    Object.assign(this, { video, decoder, seen, changed });
  }

  get on() {
    return this.#stream !== null;
  }

  /** Start, with one camera or the rear one; throws what getUserMedia throws. */
  async start(deviceId = "") {
    this.stop();
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
    const turn = ++this.#turn;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } });
    if (turn !== this.#turn) return stream.getTracks().forEach((track) => track.stop()); // stopped meanwhile
    this.#stream = this.video.srcObject = stream;
    this.#idle = performance.now();
    this.changed(true);
    this.#look(stream);
    await this.video.play().catch((fault) => {
      if (turn === this.#turn) throw fault;
    });
  }

  stop() {
    this.#turn += 1;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = this.video.srcObject = null;
    this.changed(false);
  }

  /** The cameras there are, and which is on. */
  async choices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const own = this.#track?.getSettings().deviceId;
    return all.filter((each) => each.kind === "videoinput").map((each) => ({ id: each.deviceId, label: each.label, on: each.deviceId === own }));
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  light(on) {
    return this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  #look(stream) {
    nextFrame(this.video, async (at) => {
      if (this.#stream !== stream) return;
      this.#look(stream);
      if (this.#busy || !this.video.videoWidth) return;
      this.#busy = true;
      let text = null;
      try {
        text = await this.decoder.read(frame(this.video));
      } finally {
        this.#busy = false;
      }
      if (this.#stream === stream) this.#saw(text, at);
    });
  }

  #saw(text, at) {
    const now = performance.now();
    if (text === null) {
      if (now - this.#idle > IDLE) this.stop();
      return;
    }
    this.#idle = now;
    const again = now - (this.#seen.get(text) ?? -LOST) < LOST;
    this.#seen.set(text, now);
    for (const [each, then] of this.#seen) if (now - then > LOST) this.#seen.delete(each);
    if (!again) this.seen(text, at);
  }
}

/** Call back with when the next frame came; browsers without that call get one now and then. */
function nextFrame(video, act) {
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(act);
  else setTimeout(() => act(performance.now()), 60);
}

function frame(video) {
  const scale = Math.min(1, SIDE / Math.min(video.videoWidth, video.videoHeight));
  return pixels(video, video.videoWidth * scale, video.videoHeight * scale);
}

let canvas;

function pixels(source, width, height) {
  canvas ??= document.createElement("canvas");
  [width, height] = [Math.round(width), Math.round(height)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
