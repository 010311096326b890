using Conpot.Pi.Plc;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Modbus;

/// <summary>The server agrees with a naive model of its tables under random valid traffic.</summary>
public class ModbusModelTests
{
    private const int Coils = 128, Registers = 5120, Inputs = 128, AnalogInputs = 32;

    /// <summary>One valid request: function, address, and what it writes (reads: how many).</summary>
    private sealed record Operation(byte Function, int From, int Count, ushort[] Values)
    {
        public override string ToString() => $"FC{Function} {From}+{Count} [{string.Join(',', Values)}]";
    }

    private sealed record Model(bool[] Coils, bool[] Inputs, ushort[] Registers, ushort[] AnalogInputs);

    private static readonly Gen<Operation> Operations = Gen.OneOf(
        Gen.Select(Gen.Int[0, Coils - 1], Gen.Int[1, Coils], (from, count) => new Operation(1, from, Math.Min(count, Coils - from), [])),
        Gen.Select(Gen.Int[0, Inputs - 1], Gen.Int[1, Inputs], (from, count) => new Operation(2, from, Math.Min(count, Inputs - from), [])),
        Gen.Select(Gen.Int[0, AnalogInputs - 1], Gen.Int[1, AnalogInputs], (from, count) => new Operation(4, from, Math.Min(count, AnalogInputs - from), [])),
        Gen.Select(Gen.Int[0, Registers - 1], Gen.Int[1, 120], (from, count) => new Operation(3, from, Math.Min(count, Registers - from), [])),
        Gen.Select(Gen.Int[0, Coils - 1], Gen.Bool, (from, on) => new Operation(5, from, 1, [on ? (ushort)1 : (ushort)0])),
        Gen.Select(Gen.Int[0, Registers - 1], Gen.UShort, (from, value) => new Operation(6, from, 1, [value])),
        Gen.Select(Gen.Int[0, 15], Gen.UShort[0, 1].Array[8, 128], (block, bits) => new Operation(15, block * 8, Math.Min(bits.Length / 8 * 8, Coils - block * 8), bits)),
        Gen.Select(Gen.Int[0, Registers - 1], Gen.UShort.Array[1, 120], (from, words) => new Operation(16, from, Math.Min(words.Length, Registers - from), words)));

    [Fact]
    public void Random_valid_traffic_of_several_clients_reads_back_what_the_model_holds()
    {
        Gen.Select(Operations.Array[1, 60], Gen.Bool.Array[Inputs], Gen.UShort.Array[AnalogInputs]).Sample((operations, inputs, analogInputs) =>
        {
            using var bench = new ModbusBench();
            var model = new Model(new bool[Coils], inputs, new ushort[Registers], analogInputs);
            for (var i = 0; i < Inputs / 8; i++) bench.Image.WriteByte(Area.I, i, Pack(inputs.Skip(i * 8).Take(8))[0]);
            for (var i = 0; i < AnalogInputs; i++) bench.Image.WriteWord(Area.AI, i * 2, analogInputs[i]);
            ModbusBench.Stream[] clients = [bench.Connect(), bench.Connect(), bench.Connect()];
            for (var i = 0; i < operations.Length; i++)
            {
                var operation = operations[i];
                var reply = clients[i % clients.Length].Send(Frame(i, Request(operation)));
                Assert.Equal(Frame(i, Expected(operation, model)), reply);
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
            <= 4 => [.. head, .. Word(o.Count)],
            5 => [.. head, .. Word(o.Values[0] == 0 ? 0 : 0xFF00)],
            6 => [.. head, .. Word(o.Values[0])],
            15 => [.. head, .. Word(o.Count), (byte)(o.Count / 8), .. Pack(o.Values.Take(o.Count).Select(v => v != 0))],
            _ => [.. head, .. Word(o.Count), (byte)(o.Count * 2), .. o.Values.Take(o.Count).SelectMany(v => Word(v))],
        };
    }

    /// <summary>Applies the operation to the model and says what the server must answer.</summary>
    private static byte[] Expected(Operation o, Model model)
    {
        for (var i = 0; o.Function is 5 or 15 && i < o.Count; i++) model.Coils[o.From + i] = o.Values[i] != 0;
        for (var i = 0; o.Function is 6 or 16 && i < o.Count; i++) model.Registers[o.From + i] = o.Values[i];
        return o.Function switch
        {
            1 => Bits(model.Coils),
            2 => Bits(model.Inputs),
            3 => Words(model.Registers),
            4 => Words(model.AnalogInputs),
            5 or 6 => Request(o),
            _ => [o.Function, .. Word(o.From), .. Word(o.Count)],
        };
        byte[] Bits(bool[] table) => [o.Function, (byte)((o.Count + 7) / 8), .. Pack(table.Skip(o.From).Take(o.Count))];
        byte[] Words(ushort[] table) => [o.Function, (byte)(o.Count * 2), .. table.Skip(o.From).Take(o.Count).SelectMany(v => Word(v))];
    }

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Pack(IEnumerable<bool> bits) =>
        [.. bits.Chunk(8).Select(eight => (byte)eight.Select((bit, i) => bit ? 1 << i : 0).Sum())];
}
