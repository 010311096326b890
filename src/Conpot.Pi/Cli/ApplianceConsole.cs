using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Appliance;
using Conpot.Pi.Cli.Doctor;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi appliance console</c>: the status page on a screen, drawn anew every few seconds until it is stopped.</summary>
internal sealed partial class ApplianceConsole : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly MachineFiles _machine = new("/");
    private readonly ConfigSource _source;
    private JournalReader? _journal;
    private string? _directory, _alert;

    private ApplianceConsole(CommandLine line) => _source = Settings.Source(line);

    public static ExitCode Run(CommandLine line)
    {
        using var console = new ApplianceConsole(line);
        using var stop = new ManualResetEventSlim();
        using var interrupts = Interrupts.Catch(stop.Set);
        using var screen = Console.OpenStandardOutput();
        do
        {
            // Home, each line and the rest of its old one erased, and what is below: no flicker, and no trace of a longer page. The cursor is hidden.
            var page = string.Concat(ConsolePage.Render(console.Look()).Select(l => l + "\e[K\r\n"));
            screen.Write(Encoding.ASCII.GetBytes("\e[?25l\e[H" + page + "\e[J"));
            screen.Flush();
        }
        while (!stop.Wait(Interval));
        screen.Write("\e[?25h"u8);
        return ExitCode.Ok;
    }

    public void Dispose() => _journal?.Dispose();

    private ConsoleFacts Look()
    {
        var status = Ask();
        var names = _machine.Lines(ApplianceFiles.Directory[1..] + "/env").Select(l => l.Split('=', 2)).Where(l => l.Length == 2).GroupBy(l => l[0]).ToDictionary(g => g.Key, g => g.First()[1]);
        return new ConsoleFacts(status, Interface(names.GetValueOrDefault("PLANT", "eth0")), Interface(names.GetValueOrDefault("MANAGEMENT", "")), _machine.Exists(ApplianceFiles.Ssh[1..]), !_machine.Lines(ApplianceFiles.Time[1..]).Contains(ApplianceFiles.NoTime),
            LastAlert(status), [.. _machine.Lines(ApplianceFiles.Trouble[1..])], TimeProvider.System.GetUtcNow());
    }

    private JsonElement? Ask()
    {
        try
        {
            var control = ControlSettings.Find(_source, new ConfigErrors()) ?? ControlSettings.Find(_source with { Path = null }, new ConfigErrors());
            if (control is null) return null;
            using var client = ControlClient.TryConnect(control);
            if (client is null) return null;
            using var status = client.Ask("status");
            return status.RootElement.Clone();
        }
        catch (ControlException)
        {
            return null;
        }
    }

    private ConsoleInterface Interface(string name)
    {
        if (!HostNames.IsInterface(name)) return new ConsoleInterface(null, null, null, false);
        var mac = _machine.Read($"sys/class/net/{name}/address");
        return new ConsoleInterface(name, AddressOf(name), mac?.ToUpperInvariant(), mac is not null);
    }

    /// <summary>Reads on where it stopped: of a long journal the last two segments are looked at, once.</summary>
    private string? LastAlert(JsonElement? status)
    {
        var directory = status is { } known && known.TryGetProperty("journal", out var journal) ? journal.Text("directory") : _directory;
        if (string.IsNullOrEmpty(directory)) return _alert;
        try
        {
            if (directory != _directory || _journal is null)
            {
                _journal?.Dispose();
                (_journal, _directory, _alert) = (new JournalReader(directory), directory, null);
                if (Segments.List(directory) is { Count: > 2 } segments) _journal.SkipTo(segments[^2].First);
            }
            while (_journal.TryRead(out var line))
                // Most lines are no alert, and need not be parsed.
                if (line.IndexOf("\"action\":\"alert.raised\""u8) >= 0 && EventRecord.Parse(line) is { IsAlert: true } e) _alert = Of(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _journal?.Dispose();
            _journal = null;
        }
        return _alert;
    }

    private static string Of(EventRecord e) => $"{e.Time.ToLocalTime():yyyy-MM-dd HH:mm:ss} {(e.SourceIp.Length > 0 ? $"from {e.SourceIp} " : "")}{new EventText(e).Summary()}";

    /// <summary>SIOCGIFADDR of netdevice(7): the interface's first address.</summary>
    private static unsafe string? AddressOf(string name)
    {
        const int inet = 2, datagram = 2, closeOnExec = 0x80000;
        const nuint getAddress = 0x8915;
        var socket = OpenSocket(inet, datagram | closeOnExec, 0);
        if (socket < 0) return null;
        var request = stackalloc byte[40]; // struct ifreq: the name in 16 bytes, then a sockaddr_in with the address at its offset 4
        new Span<byte>(request, 40).Clear();
        Encoding.ASCII.GetBytes(name, new Span<byte>(request, 15));
        var result = Control(socket, getAddress, request);
        _ = Close(socket);
        return result < 0 ? null : new System.Net.IPAddress(new ReadOnlySpan<byte>(request + 20, 4)).ToString();
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int Control(int descriptor, nuint request, byte* argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
