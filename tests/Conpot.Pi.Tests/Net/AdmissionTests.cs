using System.Net;
using Conpot.Pi.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Net;

public class AdmissionTests
{
    private static readonly IPAddress Alice = IPAddress.Parse("192.0.2.1"), Bob = IPAddress.Parse("192.0.2.2");
    private static readonly IPEndPoint Here = IPEndPoint.Parse("192.0.2.99:502");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Each_limit_refuses_with_its_own_reason_and_leaving_makes_room()
    {
        var admission = Admission(connections: 3, perAddress: 2);
        Assert.Null(admission.Enter(Alice, 0, 9));
        Assert.Null(admission.Enter(Alice, 1, 9));
        Assert.Equal("address's connections in use", admission.Enter(Alice, 2, 9));
        Assert.Equal("device's connections in use", admission.Enter(Bob, 2, 2));
        Assert.Null(admission.Enter(Bob, 2, 9));
        Assert.Equal("sensor's connections in use", admission.Enter(Bob, 3, 9));
        admission.Leave(Alice);
        Assert.Null(admission.Enter(Bob, 2, 9));
    }

    [Fact]
    public void An_address_has_three_quarters_of_a_service_unless_it_may_have_all_of_the_sensor()
    {
        var admission = Admission(connections: 100, perAddress: 48);
        Assert.Null(admission.Enter(Alice, 11, 16, 11));
        Assert.Equal("address's connections of the device in use", admission.Enter(Alice, 12, 16, 12));
        Assert.Null(admission.Enter(Bob, 12, 16, 0));
        Assert.Null(admission.Enter(Alice, 2, 3, 2)); // of three or fewer there is no quarter to keep
        Assert.Null(Admission(connections: 100, perAddress: 100).Enter(Alice, 15, 16, 15));
    }

    [Fact]
    public void An_address_may_come_in_a_burst_and_then_at_its_rate()
    {
        var admission = Admission(perSecond: 2, burst: 5);
        Assert.Equal(5, Come(admission, Alice, 20));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(0, Come(admission, Alice, 20));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Come(admission, Alice, 20));
        Assert.Equal(5, Come(admission, Bob, 20));
        _time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(5, Come(admission, Alice, 20));
        Assert.Equal("address connects too fast", admission.Enter(Alice, 0, 9));
    }

    [Fact]
    public void Refusals_are_told_once_and_then_summed_up_until_their_window_is_over()
    {
        var admission = Admission();
        Assert.False(admission.HasRefusals);
        List(admission, Alice);
        Assert.True(Refuse(admission, Bob));
        for (var i = 0; i < 7; i++) Assert.False(Refuse(admission, Alice));
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Empty(admission.Due());
        Assert.True(admission.HasRefusals);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        var due = Assert.Single(admission.Due());
        Assert.Equal((Alice, Here, "modbus", "too many", 7), (due.Source.Address, due.Destination, due.Protocol, due.Reason, due.Count));
        Assert.Empty(admission.Due());
        Assert.False(admission.HasRefusals);
        Assert.True(Refuse(admission, Alice)); // a new window
    }

    [Fact]
    public void A_caller_that_breaks_off_gets_the_rest_the_next_time()
    {
        var admission = Admission();
        foreach (var i in Enumerable.Range(0, 10))
        {
            List(admission, Address(i));
            Refuse(admission, Address(i));
        }
        _time.Advance(TimeSpan.FromSeconds(10));
        var first = admission.Due().First();
        Assert.True(admission.HasRefusals);
        var rest = admission.Due().ToList();
        Assert.Equal(10, rest.Append(first).Select(r => r.Source.Address).Distinct().Count());
        Assert.False(admission.HasRefusals);
    }

    [Fact]
    public void At_the_end_all_sums_are_due()
    {
        var admission = Admission();
        List(admission, Alice);
        Refuse(admission, Alice);
        Assert.Empty(admission.Due());
        Assert.Equal(1, Assert.Single(admission.Due(all: true)).Count);
        Assert.False(admission.HasRefusals);
    }

    [Fact]
    public void All_refusals_are_told_in_the_end_however_they_fall() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 6000]).Array[1, 200].Sample(visits =>
        {
            var time = new FakeTimeProvider();
            var admission = new Admission(new AdmissionLimits(9, 9, 9, 9), time);
            long told = 0;
            foreach (var (who, wait) in visits)
            {
                if (Refuse(admission, Address(who))) told++;
                time.Advance(TimeSpan.FromMilliseconds(wait));
                told += admission.Due().Sum(r => r.Count);
            }
            time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(visits.Length, told + admission.Due().Sum(r => r.Count));
        }, iter: 200);

    [Fact]
    public void A_hundred_thousand_addresses_are_not_all_remembered()
    {
        var admission = Admission(connections: 10, burst: 1, perSecond: 1);
        Assert.Null(admission.Enter(Alice, 0, 9));
        for (var i = 0; i < 100_000; i++)
        {
            Assert.Null(admission.Enter(Address(i), 0, 9));
            admission.Leave(Address(i));
            Refuse(admission, Address(i));
        }
        Assert.InRange(admission.Remembered, 1, 4096);
        Assert.Equal("address connects too fast", admission.Enter(Alice, 0, 9)); // who has a connection is not forgotten
        admission.Leave(Alice);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.InRange(admission.Due().Count(), 0, 4096);
    }

    [Fact]
    public void A_flood_of_refusals_from_everywhere_is_bounded_too()
    {
        var admission = Admission();
        for (var i = 0; i < 10_000; i++)
        {
            List(admission, Address(i));
            Refuse(admission, Address(i));
        }
        Assert.InRange(admission.Remembered, 1, 4096);
        Assert.Equal(admission.Remembered, admission.Due(all: true).Count());
    }

    [Fact]
    public void More_addresses_with_a_connection_than_are_remembered_otherwise_are_no_mistake()
    {
        var admission = Admission(connections: 5000);
        for (var i = 0; i < 5000; i++) Assert.Null(admission.Enter(Address(i), 0, 9999));
        Assert.Equal("sensor's connections in use", admission.Enter(Bob, 0, 9999));
        for (var i = 0; i < 5000; i++) admission.Leave(Address(i));
        Assert.Equal(9, Come(admission, Bob, 9));
    }

    private Admission Admission(int connections = 100, int perAddress = 100, int perSecond = 100, int burst = 100) => new(new AdmissionLimits(connections, perAddress, perSecond, burst), _time);

    private static int Come(Admission admission, IPAddress address, int times)
    {
        var came = 0;
        for (var i = 0; i < times; i++)
        {
            if (admission.Enter(address, 0, 9) is not null) continue;
            came++;
            admission.Leave(address);
        }
        return came;
    }

    private static bool Refuse(Admission admission, IPAddress address) => admission.Refuse(new IPEndPoint(address, 40000), Here, "modbus", "too many");

    /// <summary>The refusals of a window that are told one by one.</summary>
    private static void List(Admission admission, IPAddress address)
    {
        for (var i = 0; i < Conpot.Pi.Net.Admission.MostListed; i++) Assert.True(Refuse(admission, address));
    }

    private static IPAddress Address(int i) => new([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
}
