using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace Conpot.Pi.Hosting;

/// <summary>Talk with systemd: READY and STOPPING through the host's lifetime, STATUS and WATCHDOG from here, as the host sends neither.</summary>
internal static class Systemd
{
    /// <summary>systemd (or a test) waits for word from us. AddSystemd would also ask whether the parent process is called systemd.</summary>
    public static bool Listens => Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 };

    public static IServiceCollection AddSystemdLifetime(this IServiceCollection services)
    {
        if (OperatingSystem.IsAndroid() || OperatingSystem.IsBrowser() || OperatingSystem.IsIOS() || OperatingSystem.IsMacCatalyst() || OperatingSystem.IsTvOS()) return services;
        services.AddSingleton<ISystemdNotifier>(static _ => new NotifySocket(Environment.GetEnvironmentVariable("NOTIFY_SOCKET")));
        services.AddSingleton<IHostLifetime, SystemdLifetime>();
        services.AddHostedService<SystemdReports>();
        return services;
    }

    /// <summary>WATCHDOG_USEC as a third of it: two reports may be late before systemd acts.</summary>
    internal static TimeSpan? WatchdogInterval =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var micros) && micros > 0
            ? TimeSpan.FromMicroseconds(micros / 3.0)
            : null;
}

/// <summary>The way to systemd (sd_notify(3)), opened once: the host's own notifier opens a socket for every word, and would end the sensor when no file handle is left.</summary>
internal sealed class NotifySocket : ISystemdNotifier, IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _systemd;
    private string? _owed;

    /// <param name="path">Of systemd's socket; null or empty: nobody waits for word.</param>
    public NotifySocket(string? path)
    {
        if (path is not { Length: > 0 }) return;
        _systemd = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        // Its queue holds ten words (net.unix.max_dgram_qlen): who does not take them is not waited for.
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = 200 };
    }

    public bool IsEnabled => _socket is not null;

    public void Notify(ServiceState state)
    {
        var word = state.ToString();
        // Said once, and without it the unit never becomes active: unsent, it goes with the next word.
        if (word == ServiceState.Ready.ToString()) _owed = word;
        var owed = Interlocked.Exchange(ref _owed, null);
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(owed is null || owed == word ? word : owed + "\n" + word), _systemd!);
        }
        catch (SocketException)
        {
            // Nobody listens just now. A word that is missing is noticed there, and the next one follows.
            if (owed is not null) _owed = owed;
        }
    }

    public void Dispose() => _socket?.Dispose();
}

/// <summary>Reports status and life to systemd; when something hangs the life sign is missing, and systemd restarts the service.</summary>
internal sealed class SystemdReports(ISystemdNotifier notifier, Sensor sensor, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watchdog = Systemd.WatchdogInterval;
        using var timer = new PeriodicTimer(watchdog is { } interval && interval < StatusInterval ? interval : StatusInterval, time);
        try
        {
            do
            {
                var fault = sensor.Health();
                notifier.Notify(new ServiceState("STATUS=" + (fault ?? sensor.Status)));
                if (watchdog is not null && fault is null) notifier.Notify(new ServiceState("WATCHDOG=1"));
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
