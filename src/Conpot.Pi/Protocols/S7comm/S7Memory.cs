using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Where the areas and data blocks that a client names stand in the process image.</summary>
internal sealed class S7Memory
{
    /// <summary>Area codes of a request; 05 to 07 are the S7-200's own (packet-s7comm.c).</summary>
    private const byte SystemFlags = 0x05, AnalogInputs200 = 0x06, AnalogOutputs200 = 0x07, Counters = 0x1C, Timers = 0x1D, IecCounters = 0x1E, IecTimers = 0x1F,
        Peripherals = 0x80, Inputs = 0x81, Outputs = 0x82, Flags = 0x83, DataBlock = 0x84, InstanceBlock = 0x85, Variables = 0x87;

    /// <summary>Where the analog modules of an S7-300 begin among the peripherals: slot 4 has byte 256 (S7-300 Installation, "Addressing").</summary>
    private const int FirstAnalog = 256;

    private readonly ProcessImage _image;
    private readonly bool _s7200;
    private readonly SortedDictionary<int, (int From, int Length)> _blocks;

    private S7Memory(ProcessImage image, bool s7200, SortedDictionary<int, (int From, int Length)> blocks) => (_image, _s7200, _blocks) = (image, s7200, blocks);

    public bool IsS7200 => _s7200;

    /// <summary>Numbers and lengths in bytes of the data blocks, in order.</summary>
    public IEnumerable<(int Number, int Length)> Blocks => _blocks.Select(b => (b.Key, b.Value.Length));

    /// <param name="section">[s7comm]: family, and [[s7comm.block]] with number and memory.</param>
    public static S7Memory Read(ConfigSection section, ProcessImage image)
    {
        var blocks = new SortedDictionary<int, (int From, int Length)>();
        foreach (var block in section.Sections("block"))
        {
            var number = (int)block.Integer("number", -1, 1, 65535);
            var range = block.Parsed<AddressRange?>("memory", null, (string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AddressRange? parsed, out string problem) =>
            {
                parsed = null;
                if (!AddressRange.TryParse(text, out var range, out problem)) return false;
                if (range.Area != Area.V || range.Width == Width.Bit) problem = $"'{range}' is no V memory; write for example \"VB0..VB1023\"";
                else if (!image.Fits(range)) problem = $"'{range}' is beyond the V memory of this CPU (VB0..VB{image.Size(Area.V) - 1})";
                else parsed = range;
                return parsed is not null;
            });
            if (number < 0)
            {
                if (!block.Has("number")) block.Error("number", "[[s7comm.block]] has no 'number'; add number = 1 (1 to 65535)");
            }
            else if (range is null)
            {
                if (!block.Has("memory")) block.Error("memory", "[[s7comm.block]] has no 'memory'; add memory = \"VB0..VB1023\"");
            }
            else if (!blocks.TryAdd(number, (range.Value.First.Offset, range.Value.Bytes)))
            {
                block.Error("number", $"DB{number} stands in [[s7comm.block]] twice; give each its own number");
            }
        }
        return new S7Memory(image, section.Choice("family", "s7-200", "s7-200", "s7-300") == "s7-200", blocks);
    }

    /// <summary>Whether the device has such an area at all.</summary>
    public bool Knows(byte area) => area is Counters or Timers or Peripherals or Inputs or Outputs or Flags or DataBlock or InstanceBlock
        || (_s7200 && area is SystemFlags or AnalogInputs200 or AnalogOutputs200 or IecCounters or IecTimers or Variables);

    /// <summary>The place of a byte that a client names; false when there is no such area or block.</summary>
    public bool TryLocate(byte area, int block, int offset, out Area place, out int at)
    {
        at = offset;
        place = Area.V;
        if (!Knows(area)) return false;
        switch (area)
        {
            case DataBlock or InstanceBlock:
                if (!_blocks.TryGetValue(block, out var memory)) return false;
                at = memory.From + offset;
                return true;
            case Peripherals when offset >= FirstAnalog && !_s7200:
                (place, at) = (Area.AI, offset - FirstAnalog);
                return true;
        }
        place = area switch
        {
            SystemFlags => Area.SM,
            AnalogInputs200 => Area.AI,
            AnalogOutputs200 => Area.AQ,
            Counters or IecCounters => Area.C,
            Timers or IecTimers => Area.T,
            Peripherals or Inputs => Area.I,
            Outputs => Area.Q,
            Flags => Area.M,
            _ => Area.V,
        };
        return true;
    }

    /// <summary>Whether the bytes exist; a data block ends where it ends, not where the memory behind it does.</summary>
    public bool Fits(Area place, int block, byte area, int at, int length)
    {
        if (place is Area.T or Area.C) return at + length <= MemoryMap.StatusBits;
        if (!_image.Fits(place, at, length)) return false;
        return area is not (DataBlock or InstanceBlock) || (_blocks.TryGetValue(block, out var memory) && at + length <= memory.From + memory.Length);
    }
}
