using Conpot.Pi.Events;

namespace Conpot.Pi.Cli;

/// <summary>A file that a verb makes: it appears whole or not at all; "-" is stdout. A link goes on leading where it did, and a device or a pipe stays one.</summary>
internal sealed class ResultFile : IDisposable
{
    private readonly string _path;
    private readonly string? _temporary;

    /// <exception cref="IOException">It cannot be written; the message names the place, the fact and the remedy.</exception>
    public ResultFile(string path)
    {
        _path = path;
        if (path == "-")
        {
            Stream = Console.OpenStandardOutput();
            return;
        }
        try
        {
            if (FileStatus.Of(path, follow: true) is { IsPassage: true })
            {
                Stream = new FileStream(path, FileMode.Open, FileAccess.Write);
                return;
            }
            if (new FileInfo(path).LinkTarget is not null) _path = File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            _temporary = $"{_path}.{Environment.ProcessId}.tmp";
            Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write);
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException($"{path} cannot be written by this user; name another place with -o FILE");
        }
        catch (DirectoryNotFoundException)
        {
            throw new IOException($"{path}: there is no such directory; create it, or name another place with -o FILE");
        }
    }

    public Stream Stream { get; }

    /// <summary>All is written: the file takes its name.</summary>
    public void Complete()
    {
        Stream.Dispose();
        if (_temporary is null) return;
        if (Directory.Exists(_path)) throw new IOException($"{_path} is a directory; name a file with -o FILE");
        File.Move(_temporary, _path, overwrite: true);
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (_temporary is not null) File.Delete(_temporary); // gone already when it is complete
    }
}
