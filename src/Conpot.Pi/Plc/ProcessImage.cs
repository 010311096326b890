using System.Buffers.Binary;

namespace Conpot.Pi.Plc;

/// <summary>The memory of the fake CPU: every protocol, pin and signal reads and writes here, under one lock, big-endian as on the S7-200.</summary>
/// <remarks>
/// A call is atomic: a reader sees all of a write or nothing of it. Callers check with <see cref="Fits(Area,int,int)"/> first, what an attacker
/// asks for is not ours to throw about; a call that does not fit is a mistake in our code and throws. Nothing here allocates.
/// </remarks>
internal sealed class ProcessImage
{
    private readonly Lock _gate = new();
    private readonly byte[][] _areas = new byte[MemoryMap.AreaCount][];
    private long _changes;

    public ProcessImage(int vMemory = MemoryMap.LargestV)
    {
        for (var area = 0; area < _areas.Length; area++)
            _areas[area] = new byte[MemoryMap.Size((Area)area, vMemory)];
    }

    /// <summary>Rises by one with every writing call that changed a byte: two equal readings mean nothing happened in between.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>Called under the lock after each change; the CPU hangs its look-out for hardware here.</summary>
    public Action? Changed { get; set; }

    public int Size(Area area) => _areas[(int)area].Length;

    public bool Fits(Area area, int offset, int length) => offset >= 0 && length >= 0 && (long)offset + length <= Size(area);

    public bool FitsBits(Area area, int firstBit, int count) => firstBit >= 0 && count >= 0 && (long)firstBit + count <= Size(area) * 8L;

    public bool Fits(Address address) => Fits(address.Area, address.Offset, address.Bytes);

    public bool Fits(AddressRange range) => Fits(range.Area, range.First.Offset, range.Bytes);

    /// <summary>Holds the lock over several calls, which then are one for all others. The same thread may go on calling.</summary>
    public Lock.Scope Hold() => _gate.EnterScope();

    public void Read(Area area, int offset, Span<byte> destination)
    {
        lock (_gate)
            Bytes(area, offset, destination.Length).CopyTo(destination);
    }

    public void Write(Area area, int offset, ReadOnlySpan<byte> source)
    {
        lock (_gate)
            Put(Bytes(area, offset, source.Length), source);
    }

    /// <summary>Writes, and tells what stood there before.</summary>
    public void Exchange(Area area, int offset, ReadOnlySpan<byte> source, Span<byte> before)
    {
        lock (_gate)
        {
            var cells = Bytes(area, offset, source.Length);
            cells.CopyTo(before);
            Put(cells, source);
        }
    }

    /// <summary>A run of bits from <paramref name="firstBit"/> of the area (8 * byte + bit), packed as Modbus does.</summary>
    public void ReadBits(Area area, int firstBit, int count, Span<byte> packedLsbFirst)
    {
        lock (_gate)
            BitRun.Take(_areas[(int)area], firstBit, count, packedLsbFirst);
    }

    public void WriteBits(Area area, int firstBit, int count, ReadOnlySpan<byte> packedLsbFirst)
    {
        lock (_gate)
            Count(BitRun.Put(_areas[(int)area], firstBit, count, packedLsbFirst));
    }

    /// <summary>Writes a run of bits, and tells what stood there before.</summary>
    public void ExchangeBits(Area area, int firstBit, int count, ReadOnlySpan<byte> packedLsbFirst, Span<byte> before)
    {
        lock (_gate)
        {
            BitRun.Take(_areas[(int)area], firstBit, count, before);
            Count(BitRun.Put(_areas[(int)area], firstBit, count, packedLsbFirst));
        }
    }

    /// <summary>One bit. T37 and C1 mean their status bit here, as they do in a bit instruction.</summary>
    public bool this[Address address]
    {
        get
        {
            var bit = StatusBit(address);
            lock (_gate)
                return (_areas[(int)address.Area][bit >> 3] >> (bit & 7) & 1) != 0;
        }
        set => WriteBits(address.Area, StatusBit(address), 1, value ? [1] : [0]);
    }

    public byte ReadByte(Area area, int offset)
    {
        lock (_gate)
            return Bytes(area, offset, 1)[0];
    }

    public void WriteByte(Area area, int offset, byte value) => Write(area, offset, [value]);

    public ushort ReadWord(Area area, int offset)
    {
        lock (_gate)
            return BinaryPrimitives.ReadUInt16BigEndian(Bytes(area, offset, 2));
    }

    public void WriteWord(Area area, int offset, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        Write(area, offset, bytes);
    }

    public uint ReadDouble(Area area, int offset)
    {
        lock (_gate)
            return BinaryPrimitives.ReadUInt32BigEndian(Bytes(area, offset, 4));
    }

    public void WriteDouble(Area area, int offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Write(area, offset, bytes);
    }

    /// <summary>Reads as many bits as the address is wide.</summary>
    public uint Read(Address address) => address.Width switch
    {
        Width.Bit => this[address] ? 1u : 0u,
        Width.Byte => ReadByte(address.Area, address.Offset),
        Width.Word => ReadWord(address.Area, address.Offset),
        _ => ReadDouble(address.Area, address.Offset),
    };

    /// <summary>Writes as many bits as the address is wide; what is higher is cut off.</summary>
    public void Write(Address address, uint value)
    {
        if (address.Width == Width.Bit)
            this[address] = value != 0;
        else if (address.Width == Width.Byte)
            WriteByte(address.Area, address.Offset, (byte)value);
        else if (address.Width == Width.Word)
            WriteWord(address.Area, address.Offset, (ushort)value);
        else
            WriteDouble(address.Area, address.Offset, value);
    }

    /// <summary>All zero, as an output area is when its outputs are off.</summary>
    public void Clear(Area area)
    {
        lock (_gate)
        {
            var cells = _areas[(int)area].AsSpan();
            Count(cells.ContainsAnyExcept((byte)0));
            cells.Clear();
        }
    }

    /// <summary>The cells of an area, for the program of a scan: it holds the lock, and calls <see cref="TellChanged"/> in the end.</summary>
    public byte[] Memory(Area area) => _areas[(int)area];

    public void TellChanged() => Count(changed: true);

    private static int StatusBit(Address address) => address.Area is Area.T or Area.C && !address.IsBit
        ? MemoryMap.StatusBits * 8 + address.Offset / 2
        : address.BitIndex;

    private Span<byte> Bytes(Area area, int offset, int length) => _areas[(int)area].AsSpan(offset, length);

    private void Put(Span<byte> cells, ReadOnlySpan<byte> source)
    {
        Count(!cells.SequenceEqual(source));
        source.CopyTo(cells);
    }

    private void Count(bool changed)
    {
        if (!changed)
            return;
        Interlocked.Increment(ref _changes);
        Changed?.Invoke();
    }
}
