// Look for a QR code in a picture, off the page's thread.

import decodeQR from "../vendor/qr/decode.js";

addEventListener("message", ({ data: { number, picture, thorough } }) => {
  let text = null;
  try {
    text = decodeQR(picture, thorough ? { effort: 100, timeLimit: 4000 } : { timeLimit: 60 });
  } catch {
    // No code in this picture.
  }
  postMessage({ number, text });
});
postMessage({ number: 0, text: null }); // loaded
