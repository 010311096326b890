using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>What a real CPU 315-2 PN/DP was asked and what it answered, against the profile that plays one.</summary>
public class RealRepliesTests
{
    /// <summary>Of the list, from its id on: bytes that identify a device or a moment. 8 is the first of the records.</summary>
    private static readonly (string List, int From, int Length)[] Individual =
    [
        ("0011", 8 + 2, 20), ("0011", 36 + 2, 20), ("0011", 64 + 24, 4), // order number EH13 for EH14; firmware
        ("001C", 8 + 4 * 34 + 2, 32), ("001C", 8 + 6 * 34 + 2, 32), // serial numbers of CPU and card
        ("0124", 20, 8), ("0424", 20, 8), // times
        ("0132", 8 + 16, 8), ("0132", 8 + 27, 1), ("0232", 8 + 16, 8), ("0232", 8 + 27, 1), // checksums of the project; how often it was changed
        ("0222", 8 + 6, 2), ("0222", 8 + 12, 8), // starts and time of the latest OB
        ("00A0", 8, 200), // what happened
    ];

    public static TheoryData<string, string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string, string>();
            foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "s7comm", "cpu315.txt")))
            {
                var words = line.Split(' ');
                if (!line.StartsWith('#')) pairs.Add($"{words[0]} {words[1]}", words[2], words[3]);
            }
            return pairs;
        }
    }

    [Fact]
    public void Every_pair_is_answered_as_the_real_CPU_did()
    {
        using var bench = new S7Bench("s7-300-cp343");
        var stream = bench.Talk();
        var wrong = new List<string>();
        var list = "";
        var from = 0;
        foreach (var (place, sent, real) in Pairs.Select(p => p.Data))
        {
            var request = Convert.FromHexString(sent);
            var expected = Convert.FromHexString(real);
            var got = stream.Send(request);
            const int id = 7 + 10 + 12 + 4; // TPKT, COTP, header, parameter, head of the data
            (list, from) = request.Length == 33 && request[21] == 0x12 ? (list, from + 214) : (Convert.ToHexString(request[29..31]), 0);
            Normalise(expected, list, from, id);
            Normalise(got, list, from, id);
            if (!expected.AsSpan().SequenceEqual(got)) wrong.Add($"{place} {list}: expected {Convert.ToHexString(expected)}, got {Convert.ToHexString(got)}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static void Normalise(byte[] reply, string list, int from, int id)
    {
        if (reply.Length < id) return;
        reply[24] = 0; // number of the connection
        reply[25] = Math.Min(reply[25], (byte)1); // a counter of answers in parts
        foreach (var (name, at, length) in Individual)
        {
            if (name != list) continue;
            for (var i = at - from; i < at - from + length; i++)
                if (i >= 0 && id + i < reply.Length) reply[id + i] = 0;
        }
    }
}
