/** @source RFC 4330 (SNTP v4), §4: 48 bytes, big endian */
const PACKET_BYTES = 48
const CLIENT = 0b00_100_011
const SERVER_MODE = 4
const UNSYNCHRONISED = 3
/** Seconds from 1900 to 1970. */
const EPOCH_1970 = 2_208_988_800
const ERA = 2 ** 32
/** A server further from its source than this is not worth asking; the NTP reference says 1.5 s. */
const MOST_DISTANCE_MS = 1500
const MOST_STRATUM = 15

/** What one packet from a server is worth. */
export type Reply =
  | { readonly is: 'time'; readonly receivedMs: number; readonly sentMs: number; readonly distanceMs: number; readonly stratum: number }
  /** Kiss of death: the server does not want to be asked. `DENY` and `RSTR` for good, `RATE` for a while. */
  | { readonly is: 'kiss'; readonly code: string }
  | { readonly is: 'unusable'; readonly text: string }
  /** Not an answer to what we asked: whoever sent it, the wait goes on. */
  | { readonly is: 'foreign' }

/**
 * A question. Where our own time could stand stand 8 random bytes: the answer must repeat them, nobody can guess them,
 * and nobody learns our time.
 */
export function askPacket(cookie: Uint8Array): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES)
  packet[0] = CLIENT
  packet.set(cookie.subarray(0, 8), 40)
  return packet
}

/** NTP time to Unix ms. Without its highest bit it belongs to the era from February 2036 on (RFC 4330 §3). */
export function ntpToMs(seconds: number, fraction: number): number {
  const whole = seconds >= ERA / 2 ? seconds : seconds + ERA
  return (whole - EPOCH_1970) * 1000 + (fraction / ERA) * 1000
}

/** Unix ms to NTP seconds and fraction, for servers of tests. */
export function msToNtp(ms: number): readonly [number, number] {
  const whole = Math.floor(ms / 1000)
  return [(whole + EPOCH_1970) % ERA, Math.floor(((ms - whole * 1000) / 1000) * ERA)]
}

const shortMs = (packet: Buffer, at: number): number => (packet.readUInt32BE(at) / 65_536) * 1000

/** @param cookie  the 8 bytes of {@link askPacket} */
export function readReply(packet: Buffer, cookie: Uint8Array): Reply {
  if (packet.length < PACKET_BYTES || !packet.subarray(24, 32).equals(cookie.subarray(0, 8))) return { is: 'foreign' }
  const [first = 0, stratum = 0] = packet
  if ((first & 7) !== SERVER_MODE) return { is: 'foreign' }
  if (stratum === 0) return { is: 'kiss', code: packet.toString('latin1', 12, 16).replace(/[^A-Z]/g, '') }
  if (first >> 6 === UNSYNCHRONISED || stratum > MOST_STRATUM) return { is: 'unusable', text: 'it does not know the time itself' }
  if (packet.readUInt32BE(40) === 0) return { is: 'unusable', text: 'its answer holds no time' }
  const distanceMs = shortMs(packet, 4) / 2 + shortMs(packet, 8)
  if (distanceMs > MOST_DISTANCE_MS) return { is: 'unusable', text: 'it is too far from its own source' }
  return {
    is: 'time',
    receivedMs: ntpToMs(packet.readUInt32BE(32), packet.readUInt32BE(36)),
    sentMs: ntpToMs(packet.readUInt32BE(40), packet.readUInt32BE(44)),
    distanceMs,
    stratum,
  }
}
