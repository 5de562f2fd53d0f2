"""A little chaos with six streams: the tool for an hour of it works, and its viewers see what is wrong."""
import unittest

from chaos import perform
from chaos_viewers import Flv, Malformed, Ts

SECONDS = 14
SEED = 1690  # eleven kinds of deeds, and none that takes long
STREAMS = 6  # the first of the cast: RTMP and SRT, left alone and disturbed, with a ladder and with a backup


def tag(kind, stamp, body=b"\x27\x01"):
    head = bytes([kind]) + len(body).to_bytes(3, "big") + (stamp & 0xFFFFFF).to_bytes(3, "big") + bytes([stamp >> 24]) + bytes(3)
    return head + body + (11 + len(body)).to_bytes(4, "big")


def packet(counter, pid=0x100, payload=b""):
    return bytes([0x47, pid >> 8, pid & 0xFF, 0x10 | counter]) + payload + bytes(184 - len(payload))


class Viewers(unittest.TestCase):
    HEADER = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"

    def test_flv_whose_tags_follow_each_other_passes_however_it_is_cut(self):
        data = self.HEADER + b"".join(tag(9, 100 * i) + tag(8, 100 * i) for i in range(20))
        viewer = Flv(is_strict=True)
        for byte in data:
            viewer.feed(bytes([byte]))
        self.assertAlmostEqual(viewer.clocks[9].last, 1.9)

    def test_flv_with_a_hole_a_clock_that_goes_back_or_a_byte_too_many_is_found(self):
        for name, tags, is_strict in (("a hole", tag(9, 0) + tag(9, 900), True), ("a clock", tag(8, 100) + tag(8, 99), False),
                                      ("a byte", tag(8, 100) + b"\x00" + tag(8, 200), False)):
            with self.subTest(name), self.assertRaises(Malformed):
                Flv(is_strict).feed(self.HEADER + tags)

    def test_a_transport_stream_with_a_packet_missing_or_out_of_step_is_found(self):
        Ts(is_strict=True).feed(b"".join(packet(i & 15) for i in range(40)))
        for name, data in (("missing", packet(3) + packet(5)), ("step", packet(3) + b"\x00" + packet(4) + packet(5))):
            with self.subTest(name), self.assertRaises(Malformed):
                Ts(is_strict=False).feed(data)


class Chaos(unittest.TestCase):
    def test_what_is_done_to_four_streams_is_told_and_two_others_notice_nothing(self):
        self.assertTrue(perform(SECONDS / 60, SEED, STREAMS, rests=(0.5, 3)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
