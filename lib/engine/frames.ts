/**
 * Reads frames: how the engine sends stdout and stderr in one stream, if there is no terminal.
 * https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
 *
 * @module
 */

/** The type of a frame of stderr, and of one with an error of the engine itself; 0 is stdin and 1 stdout. */
export const STDERR = 2;
export const SYSTEM_ERROR = 3;

/** Takes frames piece by piece, so that none has to be in memory as a whole. Empty frames are skipped. */
interface Frames {
  /** A frame begins. */
  begin(type: number): void;
  /** More of the frame, valid during the call. */
  content(bytes: Uint8Array): void;
  end(): void;
}

/** Returns a function that takes the bytes of a stream in pieces of any size, and throws if they are no frames. */
export function frameReader(to: Frames): (bytes: Uint8Array) => void {
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  let have = 0;
  let left = 0;
  const beginFrame = () => {
    const type = header[0]!;
    // Three unused bytes follow the type.
    if (type > SYSTEM_ERROR || (view.getUint32(0) & 0xffffff) !== 0) {
      throw new Error("the engine's stream has no valid frames");
    }
    left = view.getUint32(4);
    if (left > 0) to.begin(type);
    else have = 0;
  };
  return (bytes) => {
    let at = 0;
    while (at < bytes.length) {
      if (have < header.length) {
        header[have++] = bytes[at++]!;
        if (have === header.length) beginFrame();
        continue;
      }
      const piece = bytes.subarray(at, at + left);
      at += piece.length;
      left -= piece.length;
      to.content(piece);
      if (left > 0) continue;
      to.end();
      have = 0;
    }
  };
}
