using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Stl;
using Xunit;

namespace Conpot.Pi.Tests.Plc.Stl;

/// <summary>A program on the bench: an image, and scans made by hand.</summary>
internal sealed class StlBench
{
    private readonly StlMachine _machine;
    private double _time;

    /// <param name="program">Lines separated by ';' or line feeds.</param>
    public StlBench(string program)
    {
        var (parsed, errors) = Parse(program.Replace(';', '\n'));
        Assert.Empty(errors);
        _machine = new StlMachine(parsed!);
        _machine.EnterRun(Image);
    }

    public ProcessImage Image { get; } = new();

    public static (StlProgram? Program, string[] Errors) Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    public static (StlProgram? Program, string[] Errors) Parse(byte[] text)
    {
        var errors = new ConfigErrors();
        var program = StlProgram.Parse("test.awl", text, MemoryMap.LargestV, errors);
        return (program, [.. errors.InOrder.Select(e => e.ToString())]);
    }

    public ProgramEnd Scan(double step = 0.01)
    {
        Image.Write(Address("SM0.0"), 1);
        var end = _machine.Scan(Image, new ScanMoment(_time += step, step));
        return end;
    }

    public void EnterRun() => _machine.EnterRun(Image);

    public bool Bit(string address) => Image[Address(address)];

    public int Word(string address) => (short)Image.Read(Address(address));

    public int Double(string address) => (int)Image.Read(Address(address));

    public void Set(string address, long value) => Image.Write(Address(address), (uint)value);

    /// <summary>"VW0=5 I0.0 Q0.1=0": a bit alone is on.</summary>
    public void SetAll(string values)
    {
        foreach (var (address, value) in Pairs(values)) Write(address, value);
    }

    public void Expect(string values, string because = "")
    {
        foreach (var (address, value) in Pairs(values))
            Assert.True(Show(address, value) == value, $"{address} is {Show(address, value)}, not {value} {because}");
    }

    private void Write(string address, string value)
    {
        if (value.Contains('.'))
            Set(address, BitConverter.SingleToUInt32Bits(float.Parse(value, System.Globalization.CultureInfo.InvariantCulture)));
        else if (address[0] is 'T' or 'C' && !address.EndsWith('b'))
            Image.WriteWord(address[0] == 'T' ? Area.T : Area.C, 2 * int.Parse(address[1..], System.Globalization.CultureInfo.InvariantCulture), (ushort)short.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        else
            Set(address.TrimEnd('b'), long.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>T37 is a current value here and T37b a bit.</summary>
    private string Show(string address, string like)
    {
        if (address.EndsWith('b'))
            return Bit(address[..^1]) ? "1" : "0";
        var at = Address(address);
        var raw = Image.Read(at);
        return like.Contains('.') ? BitConverter.UInt32BitsToSingle(raw).ToString("0.0###", System.Globalization.CultureInfo.InvariantCulture)
            : at.Width switch { Width.Word => ((short)raw).ToString(System.Globalization.CultureInfo.InvariantCulture), Width.Double => ((int)raw).ToString(System.Globalization.CultureInfo.InvariantCulture), _ => raw.ToString(System.Globalization.CultureInfo.InvariantCulture) };
    }

    private static IEnumerable<(string, string)> Pairs(string values) =>
        values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).Select(v => (v[0], v.Length > 1 ? v[1] : "1"));

    private static Address Address(string address) => AddressTests.At(address);
}
