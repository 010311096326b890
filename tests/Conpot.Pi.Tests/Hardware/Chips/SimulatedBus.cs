using System.Device.I2c;
using System.Device.Spi;
using Conpot.Pi.Hardware;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>A chip of the simulation: what it does with the bytes of a transfer.</summary>
internal abstract class SimulatedChip
{
    /// <summary>Pulled out of its socket.</summary>
    public bool Gone { get; set; }

    /// <summary>Everything that was written, transfer by transfer.</summary>
    public List<byte[]> Written { get; } = [];

    public int Transfers { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Begin();
        Written.Add(bytes.ToArray());
        Receive(bytes);
    }

    public void Read(Span<byte> bytes)
    {
        Begin();
        Answer(bytes);
    }

    public virtual void Exchange(ReadOnlySpan<byte> send, Span<byte> receive) => throw new NotSupportedException();

    protected abstract void Receive(ReadOnlySpan<byte> bytes);

    protected abstract void Answer(Span<byte> bytes);

    protected void Begin()
    {
        Transfers++;
        // What the class library makes of the kernel's EREMOTEIO.
        if (Gone)
            throw new IOException("Error 121 performing I2C data transfer.");
    }
}

/// <summary>A chip of registers of one byte with a pointer that counts up.</summary>
internal class RegisterChip : SimulatedChip
{
    public byte[] Cells { get; } = new byte[256];

    protected int Pointer { get; set; }

    protected override void Receive(ReadOnlySpan<byte> bytes)
    {
        Pointer = bytes[0];
        foreach (var value in bytes[1..])
            Store(Pointer++, value);
    }

    protected override void Answer(Span<byte> bytes)
    {
        foreach (ref var value in bytes)
            value = Fetch(Pointer++);
    }

    protected virtual void Store(int register, byte value) => Cells[register] = value;

    protected virtual byte Fetch(int register) => Cells[register];
}

/// <summary>The machine of the tests: chips by bus and address, a clock turned by hand, and what was told.</summary>
internal sealed class SimulatedMachine
{
    public FakeTimeProvider Time { get; } = new();

    public Dictionary<(int Bus, int Address), SimulatedChip> I2c { get; } = [];

    public Dictionary<(int Bus, int Select), SimulatedChip> Spi { get; } = [];

    public List<(string Device, string? Problem)> Told { get; } = [];

    public int Wakes;

    /// <summary>Thrown instead of opening anything.</summary>
    public Exception? Refusal { get; set; }

    public string Root { get; set; } = "/";

    public HardwareHost Host(TimeProvider? time = null) => new()
    {
        Time = time ?? Time,
        Wake = () => Interlocked.Increment(ref Wakes),
        Tell = (device, problem) =>
        {
            lock (Told)
                Told.Add((device, problem));
        },
        I2c = settings => Refusal is null ? new I2cSlot(this, settings) : throw Refusal,
        Spi = settings => Refusal is null ? new SpiSlot(this, settings) : throw Refusal,
        Root = Root,
    };

    private SimulatedChip At(I2cConnectionSettings settings) => I2c.GetValueOrDefault((settings.BusId, settings.DeviceAddress)) ?? throw new IOException("Error 121 performing I2C data transfer.");

    private sealed class I2cSlot(SimulatedMachine machine, I2cConnectionSettings settings) : I2cDevice
    {
        public override I2cConnectionSettings ConnectionSettings => settings;

        public override void Read(Span<byte> buffer) => machine.At(settings).Read(buffer);

        public override void Write(ReadOnlySpan<byte> buffer) => machine.At(settings).Write(buffer);

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            var chip = machine.At(settings);
            chip.Write(writeBuffer);
            chip.Written.RemoveAt(chip.Written.Count - 1); // a register's number alone, not a write
            chip.Read(readBuffer);
        }
    }

    private sealed class SpiSlot(SimulatedMachine machine, SpiConnectionSettings settings) : SpiDevice
    {
        public override SpiConnectionSettings ConnectionSettings => settings;

        public override void Read(Span<byte> buffer) => throw new NotSupportedException();

        public override void Write(ReadOnlySpan<byte> buffer) => TransferFullDuplex(buffer, new byte[buffer.Length]);

        public override void TransferFullDuplex(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            // SPI has no acknowledge: with nobody there the data line stays low.
            readBuffer.Clear();
            if (machine.Spi.GetValueOrDefault((settings.BusId, settings.ChipSelectLine)) is { Gone: false } chip)
                chip.Exchange(writeBuffer, readBuffer);
        }
    }
}
