using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>What real CPUs were asked and what they answered, against the profile that plays one of them.</summary>
public class RealRepliesTests
{
    /// <summary>TPKT, COTP, header, parameter, head of the data; then the list's id, index, length and number of records.</summary>
    private const int Id = 7 + 10 + 12 + 4, Records = 8;

    /// <summary>Captures of the CPU that s7-300-cp343 plays, a CPU 315-2 PN/DP (6ES7 315-2EH14; the profile's is its forerunner, the EH13).</summary>
    private static readonly string[] Same = ["snap7_s300_everything.pcapng", "tia_s300_goOnline.pcapng", "wincc_s300_setup-alarm-read-write.pcapng", "step7_s300_readDiagData.pcapng"];

    /// <summary>Of the list, from its id on: bytes that identify a device or a moment.</summary>
    private static readonly (string List, int From, int Length, string What)[] Individual =
    [
        ("0011", Records + 2, 20, "order number, EH13 for EH14"), ("0011", Records + 28 + 2, 20, "the same"), ("0011", Records + 2 * 28 + 24, 4, "firmware"),
        ("001C", Records + 4 * 34 + 2, 32, "serial number"), ("001C", Records + 6 * 34 + 2, 32, "serial number of the card"),
        ("0124", 20, 8, "time"), ("0424", 20, 8, "time"),
        ("0132", Records + 16, 8, "checksums of the project"), ("0132", Records + 27, 1, "how often it was changed"),
        ("0232", Records + 16, 8, "checksums of the project"), ("0232", Records + 27, 1, "how often it was changed"),
        ("0222", Records + 6, 2, "starts of the OB"), ("0222", Records + 12, 8, "time of its latest"),
        ("00A0", Records, 200, "what happened"),
    ];

    /// <summary>What another CPU has and this one has not: lists of an S7-400's communication that no capture of an S7-300 shows. D402 instead.</summary>
    private static readonly (string Capture, string IdAndIndex)[] OfOthers = [("wincc_s400_production.pcapng", "01310010"), ("wincc_s400_production.pcapng", "01320006")];

    public static TheoryData<string, string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string, string>();
            foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "s7comm", "real-replies.txt")))
            {
                var words = line.Split(' ');
                if (!line.StartsWith('#')) pairs.Add($"{words[0]} {words[1]}", words[2], words[3]);
            }
            return pairs;
        }
    }

    public static TheoryData<string> Captures => [.. Pairs.Select(p => p.Data.Item1.Split(' ')[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_request_is_answered_as_the_real_CPU_did(string capture)
    {
        using var bench = new S7Bench("s7-300-cp343");
        var stream = bench.Talk();
        var wrong = new List<string>();
        var (list, from) = ("", 0);
        foreach (var (place, sent, real) in Pairs.Select(p => p.Data).Where(p => p.Item1.StartsWith(capture + " ", StringComparison.Ordinal)))
        {
            var request = Convert.FromHexString(sent);
            var expected = Convert.FromHexString(real);
            var got = stream.Send(request);
            (list, from) = request[21] == 0x12 ? (list, from + 214) : (Convert.ToHexString(request[29..31]), 0);
            Normalise(expected, list, from);
            Normalise(got, list, from);
            var same = Same.Contains(capture) ? expected.AsSpan().SequenceEqual(got)
                : OfOthers.Contains((capture, Convert.ToHexString(request[29..]))) ? Convert.ToHexString(got[27..]) == "D4020A000000"
                : SameForm(expected, got, from);
            if (!same) wrong.Add($"{place} {Convert.ToHexString(request[29..])}:\n  expected {Convert.ToHexString(expected)}\n  got      {Convert.ToHexString(got)}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>
    /// Another type of CPU (IM151-8 PN/DP: ITI_*; one with a password: step7_s300_AuthPassword; an S7-400: wincc_s400_production): its records say what that device
    /// is and has. The same are errors, return code and all lengths, and the list's head: id, index, bytes of a record, number of records.
    /// </summary>
    private static bool SameForm(byte[] expected, byte[] got, int from)
    {
        var head = from > 0 ? Id : Id + Records;
        return expected.Length == got.Length && expected.AsSpan(0, Math.Min(head, expected.Length)).SequenceEqual(got.AsSpan(0, Math.Min(head, got.Length)));
    }

    private static void Normalise(byte[] reply, string list, int from)
    {
        if (reply.Length < Id) return;
        reply[24] = 0; // number of the connection
        reply[25] = Math.Min(reply[25], (byte)1); // a counter of answers in parts
        foreach (var (name, at, length, _) in Individual)
        {
            if (name != list) continue;
            for (var i = at - from; i < at - from + length; i++)
                if (i >= 0 && Id + i < reply.Length) reply[Id + i] = 0;
        }
    }
}
