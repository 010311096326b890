using System.Buffers;
using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>[file]: events as lines of a file, in the format that a pipeline expects, or on standard output.</summary>
/// <remarks>Opened for every batch: whoever renames, truncates or deletes the file (logrotate) is not in the way and need not be asked.</remarks>
internal sealed class FileSink : ISink
{
    private readonly string _path;
    private readonly long _size;
    private readonly int _keep;
    private readonly Func<EventRecord, byte[]?> _line;

    private FileSink(SinkSettings common, string path, long size, int keep, Func<EventRecord, byte[]?> line) =>
        (Name, Filter, _path, _size, _keep, _line) = (common.Name, common.Filter, path, size, keep, line);

    public string Name { get; }

    public SinkFilter Filter { get; }

    /// <summary>Some 200 KB in one write.</summary>
    public int BatchSize => 256;

    private bool IsOutput => _path == "-";

    public static ISink? Create(SinkSurroundings s)
    {
        var common = SinkSettings.Read(s.Section, "file", alertsOnly: false);
        var path = s.Section.Text("path", Path.Combine(s.StateDirectory, "events.json"));
        if (path is "journald") path = "-"; // the service's output is the system's journal
        if (path != "-" && !Path.IsPathFullyQualified(path))
            s.Section.Error("path", $"'path' in [{s.Section.Name}] is \"{Shown.Plain(path)}\"; write an absolute path, or \"-\" or \"journald\" for standard output");
        var format = s.Section.Choice("format", "conpot", "conpot", "conpot-1", "ecs", "json");
        // 64 MiB and four old ones: a day of scans is one file, and a card of 8 GB does not notice.
        var size = s.Section.Size("size", 64 << 20, 0, 1L << 40);
        if (size is > 0 and < 65536) s.Section.Error("size", $"'size' in [{s.Section.Name}] is {size} bytes; write 64KiB or more, or 0 for no rotation");
        var keep = (int)s.Section.Integer("keep", 4, 0, 1000);
        var publicIp = s.Section.Text("public_ip", "");
        var conpot = new ConpotLine(s.Sensor, s.Device, publicIp.Length > 0 ? publicIp : null);
        return common.Enabled ? new FileSink(common, path, size, keep, format switch
        {
            "conpot" => e => ConpotLine.Has(e) ? conpot.Classic(e) : null,
            "conpot-1" => e => ConpotLine.Has(e) ? conpot.Version1(e) : null,
            "ecs" => e => EcsLine.Of(e),
            _ => e => e.Line.ToArray(),
        }) : null;
    }

    public async Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        var lines = new ArrayBufferWriter<byte>(4096);
        var count = 0;
        foreach (var line in batch.Select(_line).OfType<byte[]>())
        {
            lines.Write(line);
            lines.Write("\n"u8);
            count++;
        }

        try
        {
            if (IsOutput)
            {
                await using var output = Console.OpenStandardOutput();
                await output.WriteAsync(lines.WrittenMemory, cancel);
            }
            else if (count > 0)
                Append(lines.WrittenSpan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SinkException($"{(IsOutput ? "standard output" : _path)} cannot be written ({e.Message}); make room, or give the directory to the user that the sensor runs as, or set [{Name}] path", e);
        }

        var left = batch.Count - count;
        return $"{count} written to {(IsOutput ? "standard output" : _path)}{(left > 0 ? $", {left} without a visitor left out" : "")}";
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>All of the lines or none of them.</summary>
    private void Append(ReadOnlySpan<byte> lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        Rotate(lines.Length);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        using var file = new FileStream(_path, options);
        var end = file.CanSeek ? file.Length : 0;
        try
        {
            if (end > 0)
            {
                // A power cut in the middle of a line: that line comes again, and must not be glued to its half.
                file.Seek(-1, SeekOrigin.End);
                if (file.ReadByte() != '\n') file.Write("\n"u8);
            }

            file.Write(lines);
        }
        catch (IOException)
        {
            if (file.CanSeek) file.SetLength(end);
            throw;
        }
    }

    private void Rotate(int coming)
    {
        if (_size == 0 || new FileInfo(_path) is not { Exists: true, Length: > 0 } file || file.Length + coming <= _size) return;
        if (_keep == 0)
        {
            file.Delete();
            return;
        }

        for (var n = _keep - 1; n >= 1; n--)
            if (File.Exists($"{_path}.{n}")) File.Move($"{_path}.{n}", $"{_path}.{n + 1}", overwrite: true);
        File.Move(_path, $"{_path}.1", overwrite: true);
    }
}
