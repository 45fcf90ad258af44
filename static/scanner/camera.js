// Look through the phone's camera: each frame that the decoder has time for.

const LOST = 2000; // ms: a code out of sight for so long is a new one
const IDLE = 180_000; // ms without any code: the camera rests
const SIDE = 720; // px of the shorter side that is looked at

/** Ask the worker of decoder.js, one picture at a time. */
export class Decoder {
  #waiting = new Map();
  #number = 0;

  constructor() {
    this.ready = new Promise((resolve, reject) => {
      this.#waiting.set(0, resolve);
      this.worker = new Worker(new URL("decoder.js", import.meta.url), { type: "module" });
      this.worker.onerror = () => reject(new Error("decoder"));
    });
    this.ready.catch(() => {});
    this.worker.onmessage = ({ data }) => {
      this.#waiting.get(data.number)?.(data.text);
      this.#waiting.delete(data.number);
    };
  }

  /** Return the text of the code in a picture (ImageData), or null. */
  read(picture, thorough = false) {
    const number = ++this.#number;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
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
  #busy = false;
  #last = { text: "", at: 0 };
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
    const stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } });
    this.#stream = this.video.srcObject = stream;
    await this.video.play();
    this.#idle = performance.now();
    this.changed(true);
    this.#look(stream);
  }

  stop() {
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
    this.video.requestVideoFrameCallback(async (at) => {
      if (this.#stream !== stream) return;
      this.#look(stream);
      if (this.#busy || !this.video.videoWidth) return;
      this.#busy = true;
      const text = await this.decoder.read(frame(this.video));
      this.#busy = false;
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
    const again = text === this.#last.text && now - this.#last.at < LOST;
    this.#last = { text, at: now };
    if (!again) this.seen(text, at);
  }
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
