using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Conpot.Pi.Hosting;

/// <summary>The sensor under the generic host: READY once every listener is bound, SIGHUP reads the configuration again, SIGTERM stops.</summary>
internal sealed class SensorService(Sensor sensor, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private PosixSignalRegistration? _hangUp, _interrupt;

    /// <summary>Runs until it is told to stop.</summary>
    /// <param name="started">Called once everything is bound.</param>
    public static void Run(Sensor sensor, TimeProvider time, Action started)
    {
        // The empty builder: the others watch the working directory for changed settings, which costs memory and CPU for nothing.
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton(sensor);
        builder.Services.AddSingleton(time);
        builder.Services.AddHostedService<SensorService>();
        if (Systemd.Listens) builder.Services.AddSystemdLifetime();
        using var host = builder.Build();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() =>
        {
            started();
            // Half of the heap is the settings' syntax and what else only a start needs; no later collection would ever reach so far.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            ProgramPages.GiveBack();
        });
        host.Run();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the start, as an early signal would end the process; it waits until the start is done.
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            sensor.Reload();
        });
        // systemd's lifetime minds SIGTERM alone, and Ctrl-C must not cost the last events either.
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            lifetime.StopApplication();
        });
        sensor.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        sensor.Stop();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _hangUp?.Dispose();
        _interrupt?.Dispose();
    }
}
