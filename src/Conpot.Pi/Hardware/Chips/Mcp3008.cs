using System.Device.Spi;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The converter MCP3008: eight inputs, 10 bits.</summary>
/// <remarks>Datasheet DS21295, table 5-2 and figure 6-1: a start bit in the first byte, SGL/DIFF D2 D1 D0 at the head of the second, then a null bit and the result.</remarks>
internal sealed class Mcp3008(SpiDevice device, ChipPoint[] inputs) : Chip
{
    public const byte Start = 0x01;
    public const byte SingleEnded = 0x08;
    public const int FullCode = 1024;

    private const byte NullBit = 0x04;

    private readonly PointClock _clock = new(inputs);

    public override void Configure(ReadOnlySpan<int> outputs) => Convert(inputs[0].Channel);

    public override TimeSpan Sample(TimeSpan now, Span<double> readings)
    {
        var wait = _clock.Wait(now);
        if (wait > TimeSpan.Zero)
            return wait;
        var next = _clock.Next();
        readings[next] = Convert(inputs[next].Channel) * inputs[next].Range / FullCode;
        _clock.Done(next, now);
        return _clock.Wait(now);
    }

    public override void Dispose() => device.Dispose();

    private int Convert(int channel)
    {
        Span<byte> answer = stackalloc byte[3];
        device.TransferFullDuplex([Start, (byte)(channel << 4), 0], answer);
        // A data line that nobody drives reads as ones.
        if ((answer[1] & NullBit) != 0)
            throw new IOException("the null bit before the result is missing");
        return (answer[1] & 3) << 8 | answer[2];
    }
}
