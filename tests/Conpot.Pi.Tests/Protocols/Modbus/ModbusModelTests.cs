using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Modbus;

/// <summary>The server agrees with a naive model of its tables under random valid traffic.</summary>
public class ModbusModelTests
{
    private const int Coils = 128, Registers = 5120;

    /// <summary>One valid request: function, address, and what it writes (reads: how many).</summary>
    private sealed record Operation(byte Function, int From, int Count, ushort[] Values)
    {
        public override string ToString() => $"FC{Function} {From}+{Count} [{string.Join(',', Values)}]";
    }

    private static readonly Gen<Operation> Operations = Gen.OneOf(
        Gen.Select(Gen.Int[0, Coils - 1], Gen.Int[1, Coils], (from, count) => new Operation(1, from, Math.Min(count, Coils - from), [])),
        Gen.Select(Gen.Int[0, Registers - 1], Gen.Int[1, 120], (from, count) => new Operation(3, from, Math.Min(count, Registers - from), [])),
        Gen.Select(Gen.Int[0, Coils - 1], Gen.Bool, (from, on) => new Operation(5, from, 1, [on ? (ushort)1 : (ushort)0])),
        Gen.Select(Gen.Int[0, Registers - 1], Gen.UShort, (from, value) => new Operation(6, from, 1, [value])),
        Gen.Select(Gen.Int[0, 15], Gen.UShort[0, 1].Array[8, 128], (block, bits) => new Operation(15, block * 8, Math.Min(bits.Length / 8 * 8, Coils - block * 8), bits)),
        Gen.Select(Gen.Int[0, Registers - 1], Gen.UShort.Array[1, 120], (from, words) => new Operation(16, from, Math.Min(words.Length, Registers - from), words)));

    [Fact]
    public void Random_valid_traffic_of_several_clients_reads_back_what_the_model_holds()
    {
        Operations.Array[1, 60].Sample(operations =>
        {
            using var bench = new ModbusBench();
            var (coils, registers) = (new bool[Coils], new ushort[Registers]);
            ModbusBench.Stream[] clients = [bench.Connect(), bench.Connect(), bench.Connect()];
            for (var i = 0; i < operations.Length; i++)
            {
                var operation = operations[i];
                var reply = clients[i % clients.Length].Send(Frame(i, Request(operation)));
                Assert.Equal(Frame(i, Expected(operation, coils, registers)), reply);
            }
        }, iter: 300, threads: 1);
    }

    private static byte[] Frame(int transaction, byte[] pdu) =>
        [(byte)(transaction >> 8), (byte)transaction, 0, 0, (byte)((pdu.Length + 1) >> 8), (byte)(pdu.Length + 1), 7, .. pdu];

    private static byte[] Request(Operation o)
    {
        byte[] head = [o.Function, .. Word(o.From)];
        return o.Function switch
        {
            1 or 3 => [.. head, .. Word(o.Count)],
            5 => [.. head, .. Word(o.Values[0] == 0 ? 0 : 0xFF00)],
            6 => [.. head, .. Word(o.Values[0])],
            15 => [.. head, .. Word(o.Count), (byte)(o.Count / 8), .. Pack(o.Values.Take(o.Count).Select(v => v != 0))],
            _ => [.. head, .. Word(o.Count), (byte)(o.Count * 2), .. o.Values.Take(o.Count).SelectMany(v => Word(v))],
        };
    }

    /// <summary>Applies the operation to the model and says what the server must answer.</summary>
    private static byte[] Expected(Operation o, bool[] coils, ushort[] registers)
    {
        for (var i = 0; o.Function is 5 or 15 && i < o.Count; i++) coils[o.From + i] = o.Values[i] != 0;
        for (var i = 0; o.Function is 6 or 16 && i < o.Count; i++) registers[o.From + i] = o.Values[i];
        return o.Function switch
        {
            1 => [1, (byte)((o.Count + 7) / 8), .. Pack(coils.Skip(o.From).Take(o.Count))],
            3 => [3, (byte)(o.Count * 2), .. registers.Skip(o.From).Take(o.Count).SelectMany(v => Word(v))],
            5 or 6 => Request(o),
            _ => [o.Function, .. Word(o.From), .. Word(o.Count)],
        };
    }

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Pack(IEnumerable<bool> bits) =>
        [.. bits.Chunk(8).Select(eight => (byte)eight.Select((bit, i) => bit ? 1 << i : 0).Sum())];
}
