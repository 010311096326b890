namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The uploads and the download that one connection has under way.</summary>
internal sealed class S7Transfers
{
    /// <summary>Uploads begun and not ended; the oldest makes room for another. [G]</summary>
    public const int MostUploads = 4;

    private readonly List<S7Upload> _uploads = [];
    private uint _nextUpload; // the first is 0: WIRE 3.4
    private ushort _lastJob;

    /// <summary>The block that is coming in, or null.</summary>
    public S7Download? Download { get; set; }

    public S7Upload BeginUpload(S7BlockName name, ReadOnlyMemory<byte> bytes)
    {
        if (_uploads.Count == MostUploads) _uploads.RemoveAt(0);
        var upload = new S7Upload(_nextUpload++, name, bytes);
        _uploads.Add(upload);
        return upload;
    }

    public S7Upload? Upload(uint id) => _uploads.Find(u => u.Id == id);

    public void End(S7Upload upload) => _uploads.Remove(upload);

    /// <summary>The reference of the next job of the device's own.</summary>
    public ushort NextJob() => ++_lastJob;
}

/// <summary>A block on its way to the client.</summary>
internal sealed class S7Upload(uint id, S7BlockName name, ReadOnlyMemory<byte> bytes)
{
    public uint Id => id;

    public S7BlockName Name => name;

    /// <summary>What has not left yet.</summary>
    public ReadOnlyMemory<byte> Rest { get; set; } = bytes;
}

/// <summary>A block on its way in: the device asks for part after part until the client says that there are no more.</summary>
internal sealed class S7Download(S7BlockName name, byte fileSystem, byte[] file, int announced)
{
    private byte[] _bytes = new byte[Math.Clamp(announced, 0, 4096)]; // what is announced need not come

    public S7BlockName Name => name;

    public byte FileSystem => fileSystem;

    /// <summary>As the client named it; the device's own jobs repeat it.</summary>
    public ReadOnlySpan<byte> File => file;

    public int Announced => announced;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The device's job that the client has to answer: its reference and function.</summary>
    public (ushort Reference, byte Function) Asked { get; set; }

    /// <returns>False when it grows beyond <paramref name="limit"/>.</returns>
    public bool TryAdd(ReadOnlySpan<byte> part, int limit)
    {
        if (Length + part.Length > limit) return false;
        if (Length + part.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Min(limit, Math.Max(2 * _bytes.Length, Length + part.Length)));
        part.CopyTo(_bytes.AsSpan(Length));
        Length += part.Length;
        return true;
    }
}
