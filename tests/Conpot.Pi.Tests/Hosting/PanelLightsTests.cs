using System.Net;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>The alert lamp: what lights it, and what does not.</summary>
public sealed class PanelLightsTests : IDisposable
{
    private static readonly Origin Visitor = new("s", new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000), new IPEndPoint(IPAddress.Loopback, 502), "tcp", "modbus");

    private readonly TempDirectory _temp = new();

    [Fact]
    public void The_alert_lights_it_and_the_event_alone_does_not()
    {
        var lights = new PanelLights(_temp.Path);
        lights.Recorded(EventCatalog.ModbusWrite, Visitor, 1); // of a source in [ignore] this is all that ever comes
        Assert.False(lights.Alert);
        lights.Recorded(EventCatalog.AlertRaised.About(EventCatalog.ModbusWrite), Visitor, 2);
        Assert.True(lights.Alert);
        Assert.True(lights.Acknowledge());
        Assert.False(lights.Alert);
        Assert.False(lights.Acknowledge());
    }

    public void Dispose() => _temp.Dispose();
}
