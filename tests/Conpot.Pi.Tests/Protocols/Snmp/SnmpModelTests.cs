using Conpot.Pi.Protocols.Snmp;
using CsCheck;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>For any table: a walk visits each object once, in order, and ends; GETBULK is repeated GETNEXT; GET finds what the walk found.</summary>
public class SnmpModelTests
{
    private static readonly byte[] EndOfMibView = [0x82, 0];

    /// <summary>Names from a small alphabet: prefixes of each other, neighbours, and the largest numbers.</summary>
    private static readonly Gen<string> Names = Pick.One(0u, 1u, 2u, 127u, 128u, uint.MaxValue).Array[0, 6].Select(rest => string.Join('.', (uint[])[1, 3, .. rest]));

    private static readonly Gen<string[]> Tables = Names.Array[1, 40].Select(names => names.Distinct().ToArray());

    [Fact]
    public void A_walk_visits_every_object_once_in_order_and_ends() => Tables.Sample(names =>
    {
        using var bench = Bench(names);
        var expected = InOrder(names);
        foreach (var version in (int[])[0, 1])
        {
            var seen = new List<string>();
            for (var name = "0.0"; seen.Count <= names.Length;)
            {
                var reply = bench.Ask(Ask(version, GetNext, name));
                var binding = Assert.Single(reply.Bindings);
                if (reply.Status == 2 || binding.Value.AsSpan().SequenceEqual(EndOfMibView)) break;
                seen.Add(name = binding.Name);
            }
            Assert.Equal(expected, seen);
        }
        bench.Ask(Ask(1, Get, expected)).MustBe(0, 0, expected.Select(n => (n, Int(1))));
    }, iter: 300, threads: 1);

    [Fact]
    public void The_next_of_any_name_is_the_models() => Gen.Select(Tables, Names.Array[1, 10]).Sample((names, asked) =>
    {
        using var bench = Bench(names);
        var expected = InOrder(names);
        bench.Ask(Ask(1, GetNext, asked)).MustBe(0, 0, asked.Select(name => expected.FirstOrDefault(n => Compare(n, name) > 0) is { } next ? (next, Int(1)) : (name, EndOfMibView)));
    }, iter: 300, threads: 1);

    [Fact]
    public void Bulk_is_repeated_getnext() => Gen.Select(Tables, Names.Array[0, 5], Gen.Int[-2, 6], Gen.Int[-2, 50], Gen.Int[100, 1472]).Sample((names, asked, nonRepeaters, repetitions, largest) =>
    {
        using var bench = Bench(names, largest);
        using var wide = Bench(names);
        var reply = bench.Send(Bulk(nonRepeaters, repetitions, asked));
        var expected = new List<byte[]>();
        var last = asked.ToArray();
        var single = Math.Clamp(nonRepeaters, 0, asked.Length);
        for (var i = 0; i < single; i++) expected.Add(Next(i));
        for (var r = 0; r < repetitions; r++)
        {
            for (var i = single; i < asked.Length; i++) expected.Add(Next(i));
            if (expected.TakeLast(asked.Length - single).All(b => b[^2] == 0x82)) break;
        }
        var fitting = expected.Count;
        while (Answer(1, 0, 0, expected.Take(fitting)).Length > largest) fitting--;
        Assert.Equal(Convert.ToHexString(fitting == 0 && expected.Count > 0 ? Answer(1, 1, 0) : Answer(1, 0, 0, expected.Take(fitting))), Convert.ToHexString(reply));

        byte[] Next(int i)
        {
            var answer = Reply.Read(wide.Send(Ask(1, GetNext, last[i]))).Bindings[0];
            last[i] = answer.Name;
            return Bind(answer.Name, answer.Value);
        }
    }, iter: 300, threads: 1);

    private static SnmpBench Bench(string[] names, int largest = 1472) =>
        new(new SnmpSettings { LargestMessage = largest }, _ => new TestMib([.. names.Select(n => TestMib.Number(n, SnmpType.Integer, 1))]));

    private static string[] InOrder(string[] names) => [.. names.Order(Comparer<string>.Create(Compare))];

    private static int Compare(string a, string b) => Parts(a).AsSpan().SequenceCompareTo(Parts(b));
}
